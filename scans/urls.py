"""Addresses of scans; a session's own page is `scan_session` in analytics."""

from django.urls import path

from scans import block_views, views

app_name = "scans"
urlpatterns = [
    path("children/<uuid:child_id>/new/", views.NewScanView.as_view(), name="new"),
    path("blocks/<uuid:pk>/", block_views.put_block, name="blocks"),
    path("films/<uuid:pk>/", block_views.serve_film, name="film"),
]
