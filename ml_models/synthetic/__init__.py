"""Simulated children and films. `bodies`, `render` and `sessions` need requirements-training.txt, the rest numpy."""
