"""Addresses of the programme pages, below /programme/."""

from django.urls import include, path

from analytics.pages.programme.cases import CasesPage
from analytics.pages.programme.criteria import CriteriaPage
from analytics.pages.programme.prevalence import PrevalencePage
from analytics.pages.programme.quality import QualityPage

urlpatterns = [
    path("", PrevalencePage.as_view(), name="programme"),
    path("criteria/", CriteriaPage.as_view(), name="programme_criteria"),
    path("cases/", CasesPage.as_view(), name="programme_cases"),
    path("quality/", QualityPage.as_view(), name="programme_quality"),
    path("standardisation/", include("analytics.standardisation.urls")),
]
