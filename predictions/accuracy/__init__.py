"""How estimates fare on real children: pairs with a measurement by hand, and how many scans come to an estimate."""
