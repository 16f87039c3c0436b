from datetime import UTC, date, datetime, timedelta, timezone

from qaplatform.web.templatetags.formats import plural, visible, when


def test_when_is_a_time_in_utc_for_the_page_to_localise() -> None:
    moment = datetime(2026, 11, 22, 11, 30, tzinfo=timezone(timedelta(hours=2)))

    written = when(moment)

    assert written == '<time datetime="2026-11-22T09:30:00+00:00" data-time="time">22 Nov 2026, 09:30 UTC</time>'


def test_when_keeps_a_day_a_day() -> None:
    assert when(date(2026, 11, 22)) == '<time datetime="2026-11-22">22 Nov 2026</time>'


def test_when_without_a_moment_is_a_dash() -> None:
    assert when(None) == "–"


def test_when_ago_says_the_moment_until_the_page_counts() -> None:
    assert 'data-time="ago">22 Nov 2026, 09:30 UTC<' in when(datetime(2026, 11, 22, 9, 30, tzinfo=UTC), "ago")


def test_plural_fits_the_number() -> None:
    assert [plural(amount, "item,items") for amount in (0, 1, 2)] == [
        "0 items",
        "1 item",
        "2 items",
    ]


def test_visible_shows_direction_and_control_characters() -> None:
    shown = visible("a\u202eb\x00c\u200bd")

    assert "\u202e" not in shown
    assert [code in shown for code in ("U+202E", "U+0000", "U+200B")] == [
        True,
        True,
        True,
    ]


def test_visible_escapes_markup() -> None:
    assert visible("<img src=x onerror=alert(1)>") == ('<bdi class="foreign">&lt;img src=x onerror=alert(1)&gt;</bdi>')


def test_visible_keeps_joiners_between_letters_that_need_them() -> None:
    assert visible("می‌خواهم") == '<bdi class="foreign">می‌خواهم</bdi>'
    assert "U+200C" in visible("sp\u200cam")
