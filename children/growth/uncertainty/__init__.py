"""What the error of each input does to z-scores and classes."""
