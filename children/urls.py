"""Addresses of children."""

app_name = "children"
urlpatterns: list = []
