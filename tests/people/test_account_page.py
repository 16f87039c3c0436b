"""The page of an account: what it shows, and what each act does."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.enums import GrantSource, Role
from qaplatform.people.models import Labeler, Membership, SkillGrant, Team, User, VendorAlias
from qaplatform.people.queries.teams import teams_without_lead, vendor_rows
from qaplatform.people.services.accounts import change_details, deactivate_account
from qaplatform.people.services.grants import grant_skill
from qaplatform.people.services.moves import move_labeler
from qaplatform.people.services.roles import remove_role
from qaplatform.people.services.vendors import add_alias, create_vendor, make_lead, rename_vendor
from qaplatform.trail.models import TrailEntry
from tests.builders import client_for, give_role, make_external_labeler, make_labeler, make_queue, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada", roles=[Role.ADMINISTRATOR])


def page_of(user: User) -> str:
    return f"/accounts-and-roles/{user.public_id}/"


def test_the_page_says_who_what_where_and_what_happened(ada):
    lena, queue = make_labeler("lena", team=make_team(name="Night")), make_queue("Spam")
    grant_skill(lena, queue.skill, source=GrantSource.MANUAL, reason="Knows it", actor=ada, now=clock.now())

    page = client_for(ada).get(page_of(lena.user)).content.decode()

    for words in ("lena", "Night", "Labeler", "Skill of Spam", "Knows it", "Certified"):
        assert words in page


def test_a_role_is_given_and_taken_back_and_both_are_written_down(ada):
    user, team, client = make_user("theo"), make_team(), client_for(ada)

    client.post(page_of(user) + "roles/", {"role": "team_lead", "team": team.pk})
    membership = Membership.objects.get(user=user)
    client.post(page_of(user) + "roles/take/", {"membership": membership.pk})

    assert not Membership.objects.filter(user=user).exists()
    assert list(TrailEntry.objects.order_by("pk").values_list("action", flat=True)) == ["role_given", "role_taken"]


def test_a_role_without_its_place_is_refused_with_the_reason(ada):
    user = make_user("theo")

    page = client_for(ada).post(page_of(user) + "roles/", {"role": "team_lead"})

    assert page.status_code == 422
    assert "needs a team" in page.content.decode()


def test_whoever_becomes_a_labeler_gets_a_labeler(ada):
    user, team = make_user("theo"), make_team()

    client_for(ada).post(page_of(user) + "roles/", {"role": "labeler", "vendor": team.vendor.pk, "team": team.pk})

    assert Labeler.objects.get(user=user).team == team


def test_the_only_administrator_stays(ada):
    with pytest.raises(Refused, match="take administration from yourself"):
        remove_role(Membership.objects.get(user=ada), actor=ada)
    other = make_user()
    with pytest.raises(Refused, match="the only administrator"):
        deactivate_account(ada, actor=other, now=clock.now())
    give_role(other, Role.ADMINISTRATOR)
    deactivate_account(ada, actor=other, now=clock.now())


def test_a_move_to_another_vendor_takes_the_role_along(ada):
    lena, team = make_labeler("lena"), make_team(name="Night")

    client_for(ada).post(page_of(lena.user) + "move/", {"vendor": team.vendor.pk, "team": team.pk})

    lena.refresh_from_db()
    assert (lena.vendor, lena.team) == (team.vendor, team)
    assert Membership.objects.get(user=lena.user).vendor == team.vendor


def test_a_team_of_another_vendor_is_refused(ada):
    lena, team = make_labeler("lena"), make_team()

    with pytest.raises(InvalidInput, match="belongs to"):
        move_labeler(lena, vendor=lena.vendor, team=team, actor=ada)


def test_an_id_that_the_new_vendor_uses_already_stops_a_move(ada):
    lena, external = make_labeler("lena"), make_external_labeler("E7")
    Labeler.objects.filter(pk=lena.pk).update(external_id="E7")

    with pytest.raises(InvalidInput, match="somebody else with the id E7"):
        move_labeler(lena, vendor=external.vendor, team=None, actor=ada)


def test_a_certification_is_given_and_revoked_with_reasons(ada):
    lena, queue, client = make_labeler("lena"), make_queue(), client_for(ada)

    client.post(page_of(lena.user) + "certify/", {"skill": queue.skill.pk, "reason": "Knows it"})
    grant = SkillGrant.objects.get(labeler=lena)
    refused = client.post(page_of(lena.user) + "revoke/", {"grant": grant.pk, "reason": ""})
    client.post(page_of(lena.user) + "revoke/", {"grant": grant.pk, "reason": "Left the queue"})

    assert refused.status_code == 422
    grant.refresh_from_db()
    assert grant.revoked_at is not None


def test_somebody_works_in_several_languages(ada):
    lena, client = make_labeler("lena"), client_for(ada)
    codes = [f"a{letter}-abcdefgh" for letter in "abcdefghijklmnopqrst"]

    client.post(page_of(lena.user) + "details/", {"display_name": "Lena", "language": ";".join(codes)})

    lena.refresh_from_db()
    assert lena.language == ", ".join(codes)
    assert f"Works in {lena.language}." in client.get(page_of(lena.user)).content.decode()


def test_what_names_no_language_is_said_and_nothing_is_kept(ada):
    lena, client = make_labeler("lena"), client_for(ada)

    refused = client.post(page_of(lena.user) + "details/", {"display_name": "Lena", "language": "en, Elvish"})

    assert refused.status_code == 422
    assert "Elvish is no language. Write codes such as en or pt-br" in refused.content.decode()
    lena.refresh_from_db()
    assert lena.language == ""


def test_an_address_belongs_to_one_person(ada):
    one, other = make_user(), make_user()
    change_details(one, display_name="One", email="x@example.org", language="", actor=ada)

    with pytest.raises(InvalidInput, match="One person has one account"):
        change_details(other, display_name="Other", email="X@example.org", language="", actor=ada)


def test_signing_out_everywhere_ends_sessions_and_tokens(ada):
    lena = make_labeler("lena")
    browser = client_for(lena)

    client_for(ada).post(page_of(lena.user) + "sign-out/")

    assert browser.get("/tokens/").status_code == 302


def test_a_renamed_vendor_keeps_its_old_name_for_files(ada):
    vendor = create_vendor("Acme", team="", is_in_house=False, actor=ada)

    rename_vendor(vendor, "Acme International", is_in_house=False, actor=ada)
    rename_vendor(vendor, "Beta", is_in_house=False, actor=ada)

    assert sorted(VendorAlias.objects.values_list("name", flat=True)) == ["Acme", "Acme International"]
    with pytest.raises(InvalidInput, match="another name of Beta"):
        create_vendor("acme", team="", is_in_house=False, actor=ada)


def test_a_vendor_that_gets_its_old_name_back_is_no_alias_of_itself(ada):
    vendor = create_vendor("Acme", team="", is_in_house=False, actor=ada)
    rename_vendor(vendor, "Beta", is_in_house=False, actor=ada)

    rename_vendor(vendor, "Acme", is_in_house=False, actor=ada)

    assert list(VendorAlias.objects.values_list("name", flat=True)) == ["Beta"]
    with pytest.raises(InvalidInput, match="another name of Acme"):
        add_alias(create_vendor("Gamma", team="", is_in_house=False, actor=ada), "Beta", actor=ada)


def test_somebody_is_made_lead_in_one_step(ada):
    team, theo = make_team(name="Night"), make_user("theo")
    make_labeler(team=team)
    assert list(teams_without_lead()) == [team]

    client_for(ada).post(f"/vendors-and-teams/teams/{team.public_id}/lead/", {"lead": "THEO"})

    assert Membership.objects.get(user=theo).team == team
    assert not teams_without_lead().exists()


def test_a_lead_who_is_not_there_is_said(ada):
    team = make_team()

    page = client_for(ada).post(f"/vendors-and-teams/teams/{team.public_id}/lead/", {"lead": "nobody"})

    assert page.status_code == 422
    assert "Nobody who can sign in is called nobody" in page.content.decode()


def test_a_lead_instead_of_another_takes_the_role_over(ada):
    team, old, new = make_team(), make_user(), make_user()
    make_lead(team, old, actor=ada)

    make_lead(team, new, instead=True, actor=ada)

    [row] = vendor_rows()
    assert row.teams[0].leads == (new,)


def test_a_team_without_a_lead_is_told_on_the_list(ada):
    team = make_team(name="Night")
    make_labeler(team=team)

    assert "Teams without a lead" in client_for(ada).get("/vendors-and-teams/").content.decode()


def test_lists_ask_as_many_questions_for_three_as_for_one(ada):
    client = client_for(ada)
    make_labeler(team=make_team())

    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    before = [asked("/accounts-and-roles/"), asked("/vendors-and-teams/"), asked("/accounts-and-roles/export/")]
    for _ in range(3):
        make_labeler(team=make_team())

    assert [
        asked("/accounts-and-roles/"),
        asked("/vendors-and-teams/"),
        asked("/accounts-and-roles/export/"),
    ] == before


def test_the_export_is_inert(ada):
    user = make_user("eve")
    User.objects.filter(pk=user.pk).update(display_name="=1+1")

    table = client_for(ada).get("/accounts-and-roles/export/?q=eve").content.decode()

    assert "'=1+1" in table


def test_filters_narrow_the_list(ada):
    make_labeler("lena")
    client = client_for(ada)

    page = client.get("/accounts-and-roles/?role=administrator").content.decode()

    assert "/accounts-and-roles/" + str(ada.public_id) in page
    assert "lena" not in page
    assert Team.objects.count() == 0
