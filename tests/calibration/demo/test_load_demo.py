"""The command as `make run` calls it. Tables are emptied after each test: rows are committed here."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from calibration.demo import progress
from calibration.models import DemoLoad, Flag
from calibration.queries.demo_loads import DemoProgress, read_progress
from labeling.models import Item, Queue
from qaplatform.local.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from qaplatform.people.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo(settings):
    settings.IS_DEMO = True


def _load():
    said = StringIO()
    call_command("load_demo", "--size", "small", stdout=said)
    return said.getvalue()


def test_load_is_refused_where_there_is_no_demo(settings):
    settings.IS_DEMO = False

    with pytest.raises(CommandError, match="demo and real rows never share a database"):
        _load()

    assert not User.objects.exists()


def test_second_load_says_so_and_changes_nothing(demo, client):
    assert _load() == "The demo is loaded.\n"
    items = Item.objects.count()

    assert _load() == "The demo is loaded already.\n"

    assert Item.objects.count() == items
    assert read_progress() == DemoProgress(progress.STEPS, progress.STEPS, "Loaded", finished=True, error="")
    for account in DEMO_ACCOUNTS:
        assert client.login(username=account.username, password=DEMO_PASSWORD), account.username
    assert client.login(username="marco", password=DEMO_PASSWORD)


def test_load_that_stops_halfway_leaves_people_only_and_can_be_repeated(demo, monkeypatch):
    monkeypatch.setattr("calibration.demo.stories._build_sets", _stop)

    with pytest.raises(RuntimeError, match="the disk is full"):
        _load()

    assert not Queue.objects.exists()
    assert not Flag.objects.exists()
    assert "the disk is full" in read_progress().error
    monkeypatch.undo()
    assert _load() == "The demo is loaded.\n"


def _stop(life):
    raise RuntimeError("the disk is full")


def test_sign_in_page_shows_accounts_and_progress(demo, client):
    DemoLoad.objects.create(pk=1, step="Writing posts", done=3, total=11)

    page = client.get(reverse("account_login")).content.decode()

    assert "Writing posts" in page
    assert reverse("calibration:demo_progress") in page
    assert [account.username in page for account in DEMO_ACCOUNTS] == [True] * 9


def test_sign_in_page_of_a_real_installation_shows_no_accounts(settings, client):
    settings.IS_DEMO = False

    page = client.get(reverse("account_login")).content.decode()

    assert DEMO_PASSWORD not in page
    assert client.get(reverse("calibration:demo_progress")).status_code == 404


def test_progress_stops_asking_when_the_demo_is_loaded(demo, client):
    url = reverse("calibration:demo_progress")
    DemoLoad.objects.create(pk=1, step="Writing posts", done=3, total=11)
    assert 'hx-trigger="every 2s"' in client.get(url).content.decode()

    DemoLoad.objects.update(finished_at=datetime.now(UTC))

    page = client.get(url).content.decode()
    assert "hx-trigger" not in page
    assert "The demo is loaded" in page


def test_progress_before_anything_has_begun_goes_on_asking(demo, client):
    page = client.get(reverse("calibration:demo_progress")).content.decode()

    assert "Waiting to begin" in page
    assert "hx-trigger" in page


def test_while_one_load_runs_another_waits(demo):
    other = connection.copy()

    with progress.one_at_a_time(), other.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [progress.LOCK])
        while_it_runs = cursor.fetchone()[0]
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [progress.LOCK])
        afterwards = cursor.fetchone()[0]
    other.close()

    assert (while_it_runs, afterwards) == (False, True)
