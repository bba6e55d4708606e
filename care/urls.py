"""Addresses of alerts and follow-ups."""

from django.urls import path

from care import views

app_name = "care"
urlpatterns = [
    path("alerts/", views.AlertListView.as_view(), name="alerts"),
    path("alerts/<uuid:alert_id>/acknowledge/", views.AcknowledgeView.as_view(), name="acknowledge"),
    path("alerts/<uuid:alert_id>/refer/", views.ReferView.as_view(), name="refer"),
    path("alerts/<uuid:alert_id>/resolve/", views.ResolveView.as_view(), name="resolve"),
    path("follow-ups/", views.FollowUpListView.as_view(), name="follow_ups"),
    path("follow-ups/<uuid:follow_up_id>/complete/", views.CompleteFollowUpView.as_view(), name="complete_follow_up"),
]
