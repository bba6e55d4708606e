"""Minutes of service: that the portal was ready, and how long its answers took. Counts alone, nothing of anybody."""
