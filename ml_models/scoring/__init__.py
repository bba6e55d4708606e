"""The parts of `ml_models.score`, the model behind HTTP: what is asked, who answers, what is answered."""
