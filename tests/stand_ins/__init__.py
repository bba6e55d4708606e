"""Servers that speak the protocols of Azure's services, for tests: real programs from npm, run by Node of a wheel."""
