"""An administrator of an empty installation adds 20 people from a CSV; one of them uses the printed link and works."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from labeling.models import Label
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, Membership, Skill, User
from qaplatform.people.services.accounts import NewAccount, create_account
from tests.builders import answer, make_items, make_queue

pytestmark = pytest.mark.django_db

ADMINISTRATOR = "a long pass for ada"
OWN = "a long pass for ana"


def hr_export() -> bytes:
    """As somebody's HR system writes it: semicolons, its own names for columns, Windows letters."""
    lines = ["Employee;Work E-Mail;Company;Squad;Supervisor;Market;Job title;Workflow"]
    lines += ["Ana Souza;ana@example.org;Acme;Night;Zoë Ray;Spanish;Moderator;Spam"]
    lines += [f"Person {n};p{n}@example.org;Acme;Night;Zoë Ray;en;Moderator;Spam" for n in range(2, 20)]
    lines += ["Zoë Ray;zoe@example.org;Acme;Night;;en;TL;"]
    return "\r\n".join(lines).encode("cp1252")


def test_twenty_people_from_a_file_and_the_first_of_them_works():
    create_account(NewAccount("ada", "Ada", Role.ADMINISTRATOR, ADMINISTRATOR), actor=None)
    ada = Client()
    ada.login(username="ada", password=ADMINISTRATOR)

    # The file is uploaded as it is. The columns are guessed; one has a name that the product does not know.
    file = SimpleUploadedFile("people.csv", hr_export())
    preview = ada.post("/accounts-and-roles/add-many/", {"file": file})["Location"]
    page = ada.get(preview).content.decode()

    # Line by line it says what will happen, and what does not exist yet.
    assert page.count("labeler at Acme / Night") == 19
    assert "leads Acme / Night" in page
    assert '1 vendor:</strong> <bdi class="foreign">Acme</bdi> (20 people)' in page
    assert '1 certification:</strong> <bdi class="foreign">Spam</bdi> (19 people)' in page
    assert User.objects.count() == 1

    # One confirmation writes all of it and shows a sheet with a link for each.
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]
    sheet = ada.post(f"{preview}confirm/", {"digest": digest}).content.decode()
    assert sheet.count('class="slip"') == 20
    assert Membership.objects.get(role=Role.TEAM_LEAD).user.display_name == "Zoë Ray"
    ana_slip = next(slip for slip in sheet.split('class="slip"') if "Ana Souza" in slip)
    link = re.search(r"http://testserver(/welcome/[\w-]+/)", ana_slip)[1]

    # The same file again changes nothing.
    again = ada.post("/accounts-and-roles/add-many/", {"file": SimpleUploadedFile("people.csv", hr_export())})
    assert "Everybody is here already" in ada.get(again["Location"]).content.decode()

    # Ana opens the link, chooses a password, and signs in.
    ana = Client()
    assert "Ana Souza" in ana.get(link).content.decode()
    assert ana.post(link, {"password": OWN, "again": OWN})["Location"] == "/accounts/login/"
    assert ana.post("/accounts/login/", {"login": "ana@example.org", "password": OWN})["Location"] == "/"
    assert ana.get(link).status_code == 404

    # A queue that asks for the certification of the list is open to her; she answers its item.
    queue = make_queue("Spam", skill=Skill.objects.get(name="Spam"))
    make_items(queue)
    assert "Spam" in ana.get("/work/").content.decode()
    held = ana.post(f"/api/v1/queues/{queue.public_id}/claim", {}, content_type="application/json").json()
    sent = {"token": held["token"], "answers": answer("spam")}
    response = ana.post(f"/api/v1/assignments/{held['id']}/submit", sent, content_type="application/json")
    assert response.status_code == 201
    assert Label.objects.get().labeler == Labeler.objects.get(user__username="ana")
