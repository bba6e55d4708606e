"""Real children: sets of scans paired with manual measurements, from clinics or from research data sets."""
