"""What the portal costs on Azure, and how many workers it needs: a calculator with every assumption named.

`manage.py estimate_costs` prints it, `docs/operations.md` explains it. Pure arithmetic on `prices.json`; no database.
"""
