"""Addresses of scans; a session's own page is `scan_session` in analytics."""

from django.urls import path

from scans import views

app_name = "scans"
urlpatterns = [path("children/<uuid:child_id>/new/", views.NewScanView.as_view(), name="new")]
