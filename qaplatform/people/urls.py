"""Addresses of people administration."""

from django.urls import path

from qaplatform.people.views import accounts, tokens

app_name = "people"
urlpatterns = [
    path("accounts-and-roles/", accounts.list_accounts, name="accounts"),
    path("accounts-and-roles/new/", accounts.add_account, name="add_account"),
    path("accounts-and-roles/<uuid:public_id>/switch/", accounts.switch_account, name="switch_account"),
    path("accounts-and-roles/<uuid:public_id>/password/", accounts.renew, name="renew_password"),
    path("vendors-and-teams/", accounts.vendors, name="vendors"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<uuid:public_id>/end/", tokens.end_token, name="end_token"),
]
