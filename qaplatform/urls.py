"""All addresses: each app under its own module, the API under /api/v1/."""

from django.urls import include, path

from qaplatform.people.views.accounts import forgotten_password
from qaplatform.web.health import healthz, readyz

handler403 = "qaplatform.web.views.not_found"
handler404 = "qaplatform.web.views.not_found"
handler500 = "qaplatform.web.views.server_error"

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    # No mail is sent: an administrator renews a password. allauth's own page for it is out of reach behind this one.
    path("accounts/password/reset/", forgotten_password, name="account_reset_password"),
    path("accounts/", include("allauth.urls")),
    path("", include("qaplatform.people.urls")),
    path("", include("labeling.urls")),
    path("", include("calibration.urls")),
]
