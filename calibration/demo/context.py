"""What the sign-in page of a demo shows beside the form."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from calibration.queries.demo_loads import read_progress
from qaplatform.local.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD


def sign_in(request: HttpRequest) -> dict[str, Any]:
    """Accounts, their password and the progress of the load: on the sign-in page of a demo, and nowhere else."""
    match = request.resolver_match
    if not settings.IS_DEMO or match is None or match.url_name != "account_login":
        return {}
    return {
        "demo_accounts": [
            {"username": account.username, "role": account.title, "does": account.first_page}
            for account in DEMO_ACCOUNTS
        ],
        "demo_password": DEMO_PASSWORD,
        "demo_progress": read_progress(),
        "demo_progress_url": reverse("calibration:demo_progress"),
    }
