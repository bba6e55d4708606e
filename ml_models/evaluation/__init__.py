"""How good estimates are: a table of sessions in, predictions, figures and a page out (`ml_models.evaluate`)."""
