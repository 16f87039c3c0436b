"""Presentation filters; the arithmetic is in `qaplatform.web.figures`."""

import unicodedata
from datetime import UTC, date, datetime

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from qaplatform.web import figures

register = template.Library()

WHEN_FORMATS = {
    "time": "%-d %b %Y, %H:%M UTC",
    "day": "%-d %b %Y",
    "ago": "%-d %b %Y, %H:%M UTC",
}
PLAIN_CONTROLS = frozenset("\n\t")
# Emoji, Persian and the scripts of India need joiners between their own letters; within ASCII they only hide.
JOINERS = frozenset("\u200c\u200d")
HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})

register.filter("share", figures.share)
register.filter("beside", figures.beside)
register.filter("percent", figures.percent)
register.filter("count", figures.count)
register.filter("number", figures.number)
register.filter("signed", figures.signed)
register.filter("points", figures.points)
register.filter("duration", figures.duration)


@register.filter
def when(moment: datetime | date | None, style: str = "time") -> str:
    """A `<time>` in UTC that the page turns into the reader's zone."""
    if moment is None:
        return figures.NOTHING
    if not isinstance(moment, datetime):
        return format_html(
            '<time datetime="{}">{}</time>',
            moment.isoformat(),
            moment.strftime(WHEN_FORMATS["day"]),
        )
    utc = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-time="{}">{}</time>',
        utc.isoformat(timespec="seconds"),
        style,
        utc.strftime(WHEN_FORMATS[style]),
    )


@register.filter
def plural(amount: int, words: str) -> str:
    """The number and the word that fits it: `3|plural:"item,items"`."""
    one, many = words.split(",")
    return f"{figures.count(amount)} {one if amount == 1 else many}"


@register.filter
def visible(text: str) -> SafeString:
    """Somebody else's text, isolated in direction, with hidden characters made visible."""
    characters = str(text)
    shown = escape(characters) if characters.isprintable() else _with_hidden_shown(characters)
    return format_html('<bdi class="foreign">{}</bdi>', shown)


def _with_hidden_shown(characters: str) -> SafeString:
    pairs = zip(" " + characters, characters, strict=False)
    return SafeString("".join(_shown(character, before) for before, character in pairs))


def _shown(character: str, before: str) -> str:
    if _is_readable(character, before):
        return escape(character)
    code = f"U+{ord(character):04X}"
    return format_html('<span class="hidden-character" title="{}">{}</span>', _name_of(character), code)


def _is_readable(character: str, before: str) -> bool:
    if character in JOINERS:
        return not before.isascii()
    return character in PLAIN_CONTROLS or unicodedata.category(character) not in HIDDEN_CATEGORIES


def _name_of(character: str) -> str:
    return unicodedata.name(character, "Control character").capitalize()
