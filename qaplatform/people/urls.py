"""Addresses of people administration."""

from django.urls import path

from qaplatform.people.views import account, accounts, links, rosters, tokens, vendors

app_name = "people"
urlpatterns = [
    path("accounts-and-roles/", accounts.list_accounts, name="accounts"),
    path("accounts-and-roles/export/", accounts.export_accounts, name="export_accounts"),
    path("accounts-and-roles/new/", accounts.add_account, name="add_account"),
    path("accounts-and-roles/links/", accounts.invite_waiting, name="invite_waiting"),
    path("accounts-and-roles/add-many/", rosters.add_many, name="add_many"),
    path("accounts-and-roles/add-many/<uuid:public_id>/", rosters.roster, name="roster"),
    path("accounts-and-roles/add-many/<uuid:public_id>/confirm/", rosters.confirm_roster, name="confirm_roster"),
    path("accounts-and-roles/add-many/<uuid:public_id>/forget/", rosters.forget_roster, name="forget_roster"),
    path("accounts-and-roles/<uuid:public_id>/", account.account, name="account"),
    path("accounts-and-roles/<uuid:public_id>/details/", account.correct_details, name="correct_details"),
    path("accounts-and-roles/<uuid:public_id>/move/", account.move, name="move_account"),
    path("accounts-and-roles/<uuid:public_id>/roles/", account.give_role, name="give_role"),
    path("accounts-and-roles/<uuid:public_id>/roles/take/", account.take_role, name="take_role"),
    path("accounts-and-roles/<uuid:public_id>/certify/", account.certify, name="certify"),
    path("accounts-and-roles/<uuid:public_id>/revoke/", account.revoke_certification, name="revoke_certification"),
    path("accounts-and-roles/<uuid:public_id>/link/", account.make_link, name="make_link"),
    path("accounts-and-roles/<uuid:public_id>/link/revoke/", account.revoke_link, name="revoke_link"),
    path("accounts-and-roles/<uuid:public_id>/sign-out/", account.sign_out, name="sign_out"),
    path("accounts-and-roles/<uuid:public_id>/switch/", account.switch_account, name="switch_account"),
    path("vendors-and-teams/", vendors.vendors, name="vendors"),
    path("vendors-and-teams/<uuid:public_id>/", vendors.vendor, name="vendor"),
    path("vendors-and-teams/<uuid:public_id>/teams/", vendors.add_team, name="add_team"),
    path("vendors-and-teams/teams/<uuid:public_id>/", vendors.team, name="team"),
    path("vendors-and-teams/teams/<uuid:public_id>/lead/", vendors.lead, name="lead"),
    path("welcome/", links.type_code, name="type_code"),
    path("welcome/<str:code>/", links.welcome, name="welcome"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<uuid:public_id>/end/", tokens.end_token, name="end_token"),
]
