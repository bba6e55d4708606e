"""Standardisation tests: what readings say about each measurer, and the pages to enter and print them."""
