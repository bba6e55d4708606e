"""API of the health record, by topic."""
