"""Pages about a programme as a whole: totals from growth cells, no name of a child."""
