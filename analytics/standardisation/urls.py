"""Addresses of standardisation tests, below /programme/standardisation/."""

from django.urls import path

from analytics.standardisation.pages import (
    CertificatePage,
    CloseTest,
    SheetPage,
    StandardisationList,
    StandardisationPage,
)

urlpatterns = [
    path("", StandardisationList.as_view(), name="standardisation"),
    path("<uuid:test_id>/", StandardisationPage.as_view(), name="standardisation_test"),
    path("<uuid:test_id>/close/", CloseTest.as_view(), name="close_standardisation"),
    path("sheets/<uuid:sheet_id>/", SheetPage.as_view(), name="standardisation_sheet"),
    path("certificates/<uuid:certificate_id>/", CertificatePage.as_view(), name="standardisation_certificate"),
]
