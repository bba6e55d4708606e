"""Addresses of the health record's forms; the child's own page is `child` in analytics."""

from django.urls import path

from children import views
from children.short_address import ByCode

app_name = "children"
urlpatterns = [
    path("c/<str:code>/", ByCode.as_view(), name="by_code"),
    path("", views.ChildListView.as_view(), name="list"),
    path("register/", views.RegisterView.as_view(), name="register"),
    path("<uuid:child_id>/measure/", views.MeasureView.as_view(), name="measure"),
    path("<uuid:child_id>/consents/", views.GiveConsentView.as_view(), name="give_consent"),
    path("consents/<uuid:consent_id>/withdraw/", views.WithdrawConsentView.as_view(), name="withdraw_consent"),
    path("measurements/<uuid:measurement_id>/correct/", views.CorrectView.as_view(), name="correct"),
    path("measurements/<uuid:measurement_id>/void/", views.VoidView.as_view(), name="void"),
]
