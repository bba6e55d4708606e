"""A new value against the child's own earlier ones: what is suspected, and what it would be."""
