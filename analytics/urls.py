"""Addresses of the pages over everything."""

from django.urls import path
from django.views.generic import RedirectView

urlpatterns = [path("", RedirectView.as_view(url="/accounts/sign-in/"), name="home")]
