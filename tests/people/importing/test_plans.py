"""What a list of people will do, decided before anything is written."""

import pytest

from qaplatform.errors import InvalidInput
from qaplatform.people.enums import Role
from qaplatform.people.importing.columns import Column, guess_layout
from qaplatform.people.importing.entries import Defaults, read_entries
from qaplatform.people.importing.plans import Account, Held, Known, Outcome, Plan, plan_people
from qaplatform.people.importing.sheets import MOST_LINES, decode, read_lines

ANA = Account(
    id=1,
    username="ana",
    name="Ana Souza",
    email="ana@example.org",
    has_labeler=True,
    vendor="Acme",
    team="Team 1",
    held=frozenset({Held(Role.LABELER, "Acme")}),
    skills=frozenset({"Spam"}),
)
HERE = Known(
    accounts=[ANA],
    vendors={"acme": "Acme", "acmeltd": "Acme"},
    teams={("Acme", "team1"): "Team 1"},
    skills={"spam": "Spam", "spamqueue": "Spam"},
    usernames=frozenset({"ana"}),
)


def plan(text: str, known: Known = HERE, defaults: Defaults = Defaults()) -> Plan:  # noqa: B008  Frozen.
    lines = read_lines(text)
    return plan_people(read_entries(lines, guess_layout(lines), defaults), known)


def outcomes(made: Plan) -> list[str]:
    return [line.outcome for line in made.lines]


def test_columns_are_guessed_by_name_whatever_their_order():
    lines = read_lines("Language;TL;Employee ID;E-Mail;Company;Skills\nen;;7;bo@example.org;Acme;Spam")

    layout = guess_layout(lines)

    assert layout.has_header
    assert layout.columns == (
        Column.LANGUAGE,
        Column.LEAD,
        Column.EXTERNAL_ID,
        Column.EMAIL,
        Column.VENDOR,
        Column.QUEUES,
    )


def test_columns_without_names_are_guessed_by_what_stands_in_them():
    lines = read_lines(
        "Bo Li\tbo@example.org\tAcme\tTeam 1\ten\tTL\nCy Ito\tcy@example.org\tAcme\tTeam 2\tja\tModerator"
    )

    layout = guess_layout(lines)

    assert not layout.has_header
    assert [column.value for column in layout.columns] == ["name", "email", "vendor", "team", "language", "role"]


def test_a_new_person_with_everything_and_what_does_not_exist_is_counted():
    made = plan("name,email,vendor,team,role,queues\nBo Li,bo@example.org,Beta,Night,labeler,Spam queue; Hate")

    [line] = made.lines
    assert (line.outcome, line.username) == (Outcome.NEW, "bo")
    assert line.words == ("labeler at Beta / Night", "certified for Spam, Hate")
    assert (made.vendors, made.teams, made.skills) == ({"Beta": 1}, {("Beta", "Night"): 1}, {"Hate": 1})


def test_somebody_who_is_here_stays_as_they_are():
    made = plan("name,email,vendor,team,queues\nAna Souza,ANA@example.org,ACME LTD,team 1,Spam")

    assert outcomes(made) == [Outcome.SAME]
    assert made.acts == ()
    assert (made.vendors, made.teams, made.skills) == ({}, {}, {})


def test_another_team_is_a_move_and_a_named_role_is_given():
    made = plan("email,team,vendor,role\nana@example.org,Team 2,Acme,TL")

    [line] = made.lines
    assert line.words == ("moves from Acme / Team 1 to Acme / Team 2", "leads Acme / Team 2")
    assert line.act.roles == (Held(Role.TEAM_LEAD, "Acme", "Team 2"),)


def test_two_people_with_one_address_are_told_and_not_merged():
    made = plan("name,email,vendor\nBo Li,bo@example.org,Acme\nCy Ito,bo@example.org,Acme")

    assert outcomes(made) == [Outcome.NEW, Outcome.PROBLEM]
    assert "Line 2 has the same e-mail" in made.lines[1].problem


def test_a_second_line_about_somebody_adds_its_queue_to_the_first():
    made = plan("name,email,vendor,queue\nBo Li,bo@example.org,Acme,Spam\nBo Li,bo@example.org,Acme,Hate")

    assert outcomes(made) == [Outcome.NEW, Outcome.SAME]
    assert made.acts[0].skills == ("Spam", "Hate")


def test_a_user_name_made_of_an_address_is_free():
    made = plan("email,vendor\nana@other.org,Acme\nana@third.org,Acme")

    assert [line.username for line in made.lines] == ["ana2", "ana3"]


def test_a_lead_with_a_line_of_their_own_leads_the_teams_that_name_them():
    made = plan("name,email,vendor,team,TL\nBo Li,bo@x.org,Acme,Team 9,Cy Ito\nCy Ito,cy@x.org,Acme,Team 9,")

    assert made.lines[1].act.roles == (Held(Role.LABELER, "Acme"), Held(Role.TEAM_LEAD, "Acme", "Team 9"))


def test_a_lead_who_is_here_and_not_in_the_list_gets_the_role_too():
    made = plan("name,email,vendor,team,TL\nBo Li,bo@x.org,Acme,Team 9,ana")

    assert made.lines[1].words == ("leads Acme / Team 9",)
    assert made.acts[1].account == ANA.id


def test_all_languages_of_a_person_are_taken_by_their_codes():
    made = plan("name,email,vendor,languages\nBo,bo@x.org,Acme,German; pt_BR and de")

    [act] = made.acts
    assert act.language == "de, pt-br"


def test_a_lead_who_is_not_there_is_a_problem_of_that_line():
    made = plan("name,email,vendor,team,TL\nBo Li,bo@x.org,Acme,Team 9,Nobody")

    assert outcomes(made) == [Outcome.PROBLEM]
    assert "Nobody here or in the list is called Nobody" in made.lines[0].problem


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,email,vendor\nBo,bo@,Acme", "no e-mail address"),
        ("name,email,vendor,role\nBo,bo@x.org,Acme,Pilot", "No role is called Pilot"),
        ("name,email,vendor,language\nBo,bo@x.org,Acme,Klingonish", "Klingonish is no language"),
        ('name,email,vendor,languages\nBo,bo@x.org,Acme,"en, Klingonish"', "Klingonish is no language"),
        (
            "name,email,vendor,languages\nBo,bo@x.org,Acme," + "/".join(f"a{c}" for c in "abcdefghijklmnopqrstu"),
            "That is more than 20 languages.",
        ),
        ("name,email\nBo,bo@x.org", "needs a vendor"),
        ("name,email,vendor,role\nBo,bo@x.org,Acme,TL", "needs a vendor and a team"),
        ("name,user name,vendor\nBo,bo li,Acme", "cannot be a user name"),
        ("name,email,vendor\nBo,bo@x.org,Acme,surplus", "more cells than columns"),
        ("name,username,email,vendor\nBo,ana,bo@x.org,Acme", "taken by Ana Souza"),
        ("name,username,email,vendor\nBo,bo,ana@example.org,Acme", ""),
    ],
)
def test_what_is_wrong_with_a_line_is_said(text, says):
    lines = plan(text).lines

    if says:
        assert says in lines[0].problem
    else:
        assert (lines[0].outcome, lines[0].act) == (Outcome.SAME, None)


def test_somebody_deactivated_is_not_let_in_by_a_list():
    gone = Account(id=2, username="bo", name="Bo Li", email="bo@x.org", is_active=False)

    made = plan("email,vendor\nbo@x.org,Acme", Known(accounts=[gone], vendors={"acme": "Acme"}))

    assert "was deactivated" in made.lines[0].problem


def test_names_alone_are_enough_and_the_same_names_again_change_nothing():
    first = plan("Zoë Müller\nBo Li", defaults=Defaults(vendor="Acme"))
    here = [
        Account(id=n, username=act.username, name=act.name, has_labeler=True, vendor="Acme", held=frozenset(act.roles))
        for n, act in enumerate(first.acts, start=5)
    ]

    again = plan("Zoë Müller\nBo Li", Known(accounts=here, vendors=HERE.vendors), Defaults(vendor="Acme"))

    assert [act.username for act in first.acts] == ["zoe.muller", "bo.li"]
    assert outcomes(again) == [Outcome.SAME, Outcome.SAME]


def test_ten_thousand_lines_by_mistake_are_refused_at_once():
    with pytest.raises(InvalidInput, match="Is it a list of people"):
        read_lines("\n".join(f"person {n}" for n in range(MOST_LINES + 1)))


@pytest.mark.parametrize(
    ("content", "says"), [(b"PK\x03\x04", "Save it as CSV"), (b'a,"b', "cannot be read"), (b"\n \n", "empty")]
)
def test_what_is_no_list_is_refused_in_words(content, says):
    with pytest.raises(InvalidInput, match=says):
        read_lines(decode(content))
