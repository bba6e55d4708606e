"""Addresses of scans."""

app_name = "scans"
urlpatterns: list = []
