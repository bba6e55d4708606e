"""Trains, calibrates, measures and writes the weights of `ml_models.inference`. Nothing that serves imports it."""
