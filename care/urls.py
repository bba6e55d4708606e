"""Addresses of care."""

from django.urls import path

from care import actions, views
from care.child_page import ChildCarePage
from care.cohort_page import CohortPage

app_name = "care"
urlpatterns = [
    path("alerts/", views.AlertListView.as_view(), name="alerts"),
    path("alerts/<uuid:alert_id>/acknowledge/", actions.AcknowledgeView.as_view(), name="acknowledge"),
    path("alerts/<uuid:alert_id>/refer/", actions.ReferView.as_view(), name="refer"),
    path("alerts/<uuid:alert_id>/resolve/", actions.ResolveView.as_view(), name="resolve"),
    path("follow-ups/", views.FollowUpListView.as_view(), name="follow_ups"),
    path("follow-ups/<uuid:follow_up_id>/complete/", actions.CompleteFollowUpView.as_view(), name="complete_follow_up"),
    path("defaulters/", views.DefaulterListView.as_view(), name="defaulters"),
    path("treatment/", views.TreatmentListView.as_view(), name="treatments"),
    path("treatment/<uuid:episode_id>/exit/", actions.ExitView.as_view(), name="exit"),
    path("referrals/<uuid:referral_id>/outcome/", actions.ReferralOutcomeView.as_view(), name="referral_outcome"),
    path("tracings/<uuid:tracing_id>/close/", actions.CloseTracingView.as_view(), name="close_tracing"),
    path("children/<uuid:child_id>/", ChildCarePage.as_view(), name="child"),
    path("children/<uuid:child_id>/refer/", actions.ReferChildView.as_view(), name="refer_child"),
    path("children/<uuid:child_id>/attempts/", actions.AttemptView.as_view(), name="attempt"),
    path("children/<uuid:child_id>/admit/", actions.AdmitView.as_view(), name="admit"),
    path("children/<uuid:child_id>/status/", actions.StatusView.as_view(), name="status"),
    path("children/<uuid:child_id>/reminders/", actions.ReminderView.as_view(), name="reminders"),
    path("cohort/", CohortPage.as_view(), name="cohort"),
]
