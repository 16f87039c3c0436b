"""Lists of people are written whole or not at all."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from qaplatform import clock
from qaplatform.errors import Refused
from qaplatform.people.enums import Role
from qaplatform.people.models import (
    Invitation,
    Labeler,
    Membership,
    Roster,
    Skill,
    SkillGrant,
    Team,
    User,
    Vendor,
    VendorAlias,
)
from qaplatform.people.services import rosters
from qaplatform.people.services.rosters import (
    change_roster,
    discard_roster,
    draft_of,
    settings_of,
    store_roster,
    write_roster,
)
from qaplatform.trail.models import TrailEntry
from tests.builders import client_for, make_labeler, make_user, make_vendor

pytestmark = pytest.mark.django_db

PEOPLE = """Name,E-mail,Company,Team,TL,Language,Role,Queues
Ana Souza,ana@example.org,Acme,Team 1,Cy Ito,es,,Spam; Scam
Bo Li,bo@example.org,Acme,Team 1,Cy Ito,en,,Spam
Cy Ito,cy@example.org,Acme,Team 1,,en,TL,
Di Roy,di@example.org,Acme,,,,Vendor manager,
"""


@pytest.fixture
def ada() -> User:
    return make_user("ada", roles=[Role.ADMINISTRATOR])


def write(text: str, actor: User, *, leave_out: bool = False) -> rosters.Written:
    roster = store_roster(text, file_name="", actor=actor)
    digest = draft_of(roster).plan.digest
    return write_roster(roster, digest=digest, leave_out=leave_out, actor=actor, now=clock.now())


def everything() -> list[int]:
    models = (User, Labeler, Membership, Vendor, Team, Skill, SkillGrant, Invitation, TrailEntry)
    return [model.objects.count() for model in models]


def test_one_confirmation_makes_people_places_roles_certifications_and_links(ada):
    written = write(PEOPLE, ada)

    assert [link.user.username for link in written.links] == ["ana", "bo", "cy", "di"]
    ana = Labeler.objects.get(user__username="ana")
    assert (ana.vendor.name, ana.team.name, ana.language) == ("Acme", "Team 1", "es")
    assert sorted(grant.skill.name for grant in ana.skill_grants.all()) == ["Scam", "Spam"]
    lead = Membership.objects.get(user__username="cy")
    assert (lead.role, lead.team.name) == (Role.TEAM_LEAD, "Team 1")
    assert not ana.user.has_usable_password()
    assert not Labeler.objects.filter(user__username__in=["cy", "di"]).exists()


def test_the_same_list_twice_changes_nothing(ada):
    write(PEOPLE, ada)
    before = everything()

    written = write(PEOPLE, ada)

    assert written.links == []
    after = everything()
    after[-1] -= 1  # That the list was looked at and confirmed once more is written down.
    assert after == before


def test_a_failure_in_the_middle_writes_nothing(ada, monkeypatch):
    roster = store_roster(PEOPLE, file_name="", actor=ada)
    digest, before = draft_of(roster).plan.digest, everything()
    monkeypatch.setattr(rosters, "invite", lambda *_args, **_named: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        write_roster(roster, digest=digest, leave_out=False, actor=ada, now=clock.now())

    assert everything() == before
    assert Roster.objects.get().applied_at is None


def test_lines_with_problems_are_left_out_only_if_somebody_says_so(ada):
    text = PEOPLE + "Ed,ed@,Acme,,,,,\n"

    with pytest.raises(Refused, match="have problems"):
        write(text, ada)
    write(text, ada, leave_out=True)

    assert User.objects.filter(email__startswith="ed").count() == 0
    assert User.objects.filter(username="ana").exists()


def test_what_changed_since_the_preview_is_shown_anew_and_not_written(ada):
    roster = store_roster(PEOPLE, file_name="", actor=ada)
    digest = draft_of(roster).plan.digest
    make_user("ana")

    with pytest.raises(Refused, match="changed since this preview"):
        write_roster(roster, digest=digest, leave_out=False, actor=ada, now=clock.now())


def test_a_list_is_written_once(ada):
    roster = store_roster(PEOPLE, file_name="", actor=ada)
    digest = draft_of(roster).plan.digest
    write_roster(roster, digest=digest, leave_out=False, actor=ada, now=clock.now())

    with pytest.raises(Refused, match="added already"):
        write_roster(roster, digest=digest, leave_out=False, actor=ada, now=clock.now())

    assert Roster.objects.get().text == ""


@pytest.mark.parametrize("act", ["change", "discard"])
def test_a_list_that_was_written_in_the_meantime_stays_as_it_was_written(ada, act):
    stale = store_roster(PEOPLE, file_name="", actor=ada)
    write_roster(stale, digest=draft_of(stale).plan.digest, leave_out=False, actor=ada, now=clock.now())
    assert stale.applied_at is None

    with pytest.raises(Refused, match="added already"):
        discard_roster(stale) if act == "discard" else change_roster(stale, text=PEOPLE, settings=settings_of(stale))

    assert Roster.objects.get().text == ""


def test_a_vendor_under_a_new_name_is_found_once_somebody_says_it_is_the_same(ada):
    acme = make_vendor("Acme")
    roster = store_roster("name,email,vendor\nBo Li,bo@example.org,Acme International", file_name="", actor=ada)
    kept = settings_of(roster)
    same = rosters.RosterSettings(kept.layout, kept.defaults, {"Acme International": "Acme"})
    roster = change_roster(roster, text=roster.text, settings=same)

    digest = draft_of(roster).plan.digest
    write_roster(roster, digest=digest, leave_out=False, actor=ada, now=clock.now())

    assert Labeler.objects.get().vendor == acme
    assert VendorAlias.objects.get().name == "Acme International"


def test_an_id_that_imported_decisions_use_stays_with_them(ada):
    acme = make_vendor("Acme")
    external = Labeler.objects.create(vendor=acme, kind="external", external_id="E7", display_name="E7")

    write("name,id,vendor\nBo Li,E7,Acme", ada)

    assert Labeler.objects.get(user__isnull=False).external_id == ""
    assert Labeler.objects.get(external_id="E7") == external


def test_a_move_by_a_list_takes_the_labelers_role_along(ada):
    bo = make_labeler("bo", vendor=make_vendor("Acme"))

    write("username,vendor,team\nbo,Beta,Night", ada)

    bo.refresh_from_db()
    assert (bo.vendor.name, bo.team.name) == ("Beta", "Night")
    assert Membership.objects.get(user=bo.user).vendor == bo.vendor


def test_the_page_survives_a_reload_and_shows_each_line(ada):
    client = client_for(ada)

    response = client.post("/accounts-and-roles/add-many/", {"text": PEOPLE})
    page = client.get(response["Location"]).content.decode()

    assert "labeler at Acme / Team 1" in page
    assert "leads Acme / Team 1" in page
    assert client.get(response["Location"]).content.count(b"<tr>") == 5
    assert not User.objects.filter(username="ana").exists()


def test_a_list_is_seen_by_whoever_pasted_it(ada):
    roster = store_roster(PEOPLE, file_name="", actor=ada)
    other = make_user(roles=[Role.ADMINISTRATOR])

    assert client_for(other).get(f"/accounts-and-roles/add-many/{roster.public_id}/").status_code == 404


def test_what_was_pasted_is_shown_as_text(ada):
    client = client_for(ada)

    response = client.post(
        "/accounts-and-roles/add-many/", {"text": "name,email,vendor\n<b>Bo</b> \u202eX,bo@x.org,Acme"}
    )
    page = client.get(response["Location"]).content.decode()

    assert "<b>Bo</b>" not in page
    assert "U+202E" in page


def test_columns_can_be_said_otherwise_on_the_page(ada):
    client = client_for(ada)
    response = client.post("/accounts-and-roles/add-many/", {"text": "Ana Souza,Acme\nBo Li,Acme"})

    changed = {"column_0": "name", "column_1": "team", "role": "labeler", "vendor": "Beta", "team": ""}
    client.post(response["Location"], changed | {"text": "Ana Souza,Night"})
    page = client.get(response["Location"]).content.decode()

    assert "labeler at Beta / Night" in page


def test_an_excel_file_is_refused_in_words(ada):
    file = SimpleUploadedFile("people.xlsx", b"PK\x03\x04" + b"0" * 100)

    page = client_for(ada).post("/accounts-and-roles/add-many/", {"file": file})

    assert page.status_code == 422
    assert "Save it as CSV" in page.content.decode()


def test_nobody_but_administrators_gets_there():
    assert Client().get("/accounts-and-roles/add-many/").status_code == 302
    assert client_for(make_labeler()).get("/accounts-and-roles/add-many/").status_code == 404
