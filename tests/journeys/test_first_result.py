"""From an empty database to the first result, by what the pages offer alone.

One administrator, a file that nobody prepared with foreign headers, and a browser. The script knows what each column of
its own file means, as whoever has the file does, and presses what it reads on the page. `JOURNEY_SEEDS=20` tries more
files than the two of the suite. Each run prints how long it took.
"""

import os
import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from labeling.importing.meanings import parse_choice
from qaplatform.people.enums import Role
from tests.builders import make_user
from tests.messy import Messy, make_messy

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery"
WITHIN_MS = 60_000
RIGHT = re.compile(r"(\d+) of (\d+) right")
SEEDS = range(1, 1 + int(os.environ.get("JOURNEY_SEEDS", "2")))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_file_that_nobody_prepared_ends_in_the_first_result(live_app, page: Page, tmp_path, seed, capsys):
    messy = make_messy(seed)
    path = tmp_path / messy.name
    path.write_bytes(messy.file)
    ada = make_user("ada", roles=[Role.ADMINISTRATOR])
    ada.set_password(PASSWORD)
    ada.save()
    began = time.monotonic()

    sign_in(page, live_app)
    page.get_by_role("button", name="Import decisions").click()
    page.get_by_label("Drop a file here, or choose one").set_input_files(path)
    page.get_by_role("button", name="Upload and look at it").click()
    corrected = say_what_the_columns_mean(page, messy)
    page.get_by_role("button", name="Check the file").click()
    decide_what_is_new(page, messy)
    page.get_by_role("button", name=re.compile(r"^Import .* decisions and create")).click()
    expect(page.get_by_text("The decisions are in")).to_be_visible(timeout=WITHIN_MS)
    page.get_by_role("link", name="See the first result").click()

    assert figures_by_person_and_policy(page, messy) == messy.truth.accuracy
    took = time.monotonic() - began
    # The worker still counts, and emptying the tables would be in its way.
    expect(page.locator("#first-result [role=status]")).to_have_count(0, timeout=WITHIN_MS)
    with capsys.disabled():
        print(f"\nfirst result, seed {seed}: {took:.1f} s, {corrected} of {len(messy.truth.columns)} columns corrected")  # noqa: T201


def sign_in(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("input[name=login]").fill("ada")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your first result")).to_be_visible()


def say_what_the_columns_mean(page: Page, messy: Messy) -> int:
    """Look at each guess and choose what it should be where it is not; gives how often that was."""
    expect(page.get_by_role("heading", name="What do the columns mean?")).to_be_visible()
    corrected = 0
    for header, meant in messy.truth.columns.items():
        corrected += choose(
            page.get_by_label(f"What the column {header} means", exact=True), parse_choice(meant)[0].label
        )
    return corrected


def decide_what_is_new(page: Page, messy: Messy) -> None:
    """What the page asks for; nothing else is touched."""
    expect(page.get_by_role("button", name=re.compile(r"^Import "))).to_be_visible(timeout=WITHIN_MS)
    for policy, answer in messy.truth.no_violation.items():
        panel = page.get_by_role("region", name=policy)
        choose(panel.get_by_label("The answer that means nothing is wrong"), answer)
    for order in ("day", "month"):
        if messy.truth.date_form == f"{order} first" and page.get_by_label(f"the {order}", exact=True).count():
            page.get_by_label(f"the {order}", exact=True).check()


def choose(select: Locator, text: str) -> int:
    """Choose by the words on the page, unless they are chosen already."""
    if select.locator("option:checked").inner_text() == text:
        return 0
    select.select_option(label=text)
    return 1


def figures_by_person_and_policy(page: Page, messy: Messy) -> dict[tuple[str, str], tuple[int, int]]:
    """The right and the judged decisions of each person under each policy, as the page of the first result says."""
    figures = {}
    for policy in messy.truth.categories:
        page.get_by_role("region", name="By policy").get_by_role("link", name=policy, exact=True).click()
        people = page.get_by_role("region", name="By person")
        expect(people.get_by_text(RIGHT).first).to_be_visible()
        for row in people.get_by_role("row").all()[1:]:
            found = RIGHT.search(row.inner_text())
            if found:
                figures[policy, row.get_by_role("link").first.inner_text()] = (int(found[2]), int(found[1]))
    return figures
