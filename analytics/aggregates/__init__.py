"""Counts that programme pages read, kept up to date as visits come in (docs/adr/0008-pages-and-dashboards.md)."""
