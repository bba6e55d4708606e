"""Each benchmark prints seconds and a ratio to a yardstick that it measures in the same run."""
