"""Every address of the portal but /livez, /readyz and /metrics, which `cgm_portal.health` answers before all else."""

from django.contrib import admin
from django.urls import include, path

from accounts.languages import choose_language
from cgm_portal import error_views

handler400 = error_views.bad_request
handler403 = error_views.forbidden
handler404 = error_views.not_found
handler500 = error_views.server_error

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("cgm_portal.api_urls")),
    path("sign-in/", include("social_django.urls", namespace="social")),
    path("accounts/", include("accounts.urls")),
    path("language/setlang/", choose_language, name="set_language"),
    path("", include("children.urls")),
    path("care/", include("care.urls")),
    path("scans/", include("scans.urls")),
    path("", include("analytics.urls")),
]
