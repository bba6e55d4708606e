"""Rows of the record as CSV and Excel files: who may have which, what a file holds, and a note of each."""
