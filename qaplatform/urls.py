"""All addresses: each app under its own module, the API under /api/v1/."""

from django.urls import include, path, re_path

from qaplatform.people.views.accounts import forgotten_password, without_mail
from qaplatform.web.health import healthz, readyz
from qaplatform.web.metrics import metrics

handler403 = "qaplatform.web.views.not_found"
handler404 = "qaplatform.web.views.not_found"
handler500 = "qaplatform.web.views.server_error"

urlpatterns = [
    # Its first addresses are asked for with every answer.
    path("", include("labeling.urls")),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    # No mail is sent: an administrator renews a password and knows the address. allauth's own pages, which promise mail
    # or wait for the answer to one, are out of reach behind these.
    path("accounts/password/reset/", forgotten_password, name="account_reset_password"),
    re_path("^accounts/password/reset/.+", forgotten_password, name="account_reset_password_done"),
    path("accounts/email/", without_mail, name="account_email"),
    path("accounts/confirm-email/", without_mail, name="account_email_verification_sent"),
    re_path("^accounts/confirm-email/.+", without_mail, name="account_confirm_email"),
    path("accounts/", include("allauth.urls")),
    path("", include("qaplatform.people.urls")),
    path("", include("calibration.urls")),
]
