"""Addresses of the health record's forms; the child's own page is `child` in analytics."""

from django.urls import include, path

from children import guardian_pages, views

app_name = "children"
of_children = [
    path("", views.ChildListView.as_view(), name="list"),
    path("register/", views.RegisterView.as_view(), name="register"),
    path("<uuid:child_id>/measure/", views.MeasureView.as_view(), name="measure"),
    path("<uuid:child_id>/consents/", views.GiveConsentView.as_view(), name="give_consent"),
    path("<uuid:child_id>/guardians/", guardian_pages.AddGuardianView.as_view(), name="add_guardian"),
    path("guardians/<uuid:guardian_id>/", guardian_pages.CorrectGuardianView.as_view(), name="guardian"),
    path("consents/<uuid:consent_id>/withdraw/", views.WithdrawConsentView.as_view(), name="withdraw_consent"),
    path("measurements/<uuid:measurement_id>/correct/", views.CorrectView.as_view(), name="correct"),
    path("measurements/<uuid:measurement_id>/void/", views.VoidView.as_view(), name="void"),
]
urlpatterns = [
    path("children/", include(of_children)),
    path("c/<str:code>", views.ByCodeView.as_view(), name="by_code"),
]
