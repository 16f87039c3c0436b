"""Parts of the page: a section, a table with a caption, and what opens on a click."""

from collections.abc import Iterable, Sequence

# The heads of a table: a text, or a text and its class.
Head = Sequence[str | tuple[str, str]]


def section(title: str, words: str, *bodies: str) -> str:
    """A part of the page under its heading, with a sentence before everything else."""
    return f'<section><h2>{title}</h2><p class="lead">{words}</p>{"".join(bodies)}</section>\n'


def table(caption: str, head: Head, rows: Iterable[str], *, name: str = "plain") -> str:
    """A table with a caption, which scrolls by itself where it is wide."""
    pairs = [(text, "") if isinstance(text, str) else text for text in head]
    heads = "".join(
        f'<th scope="col" class="{kind}">{text}</th>' if kind else f'<th scope="col">{text}</th>'
        for text, kind in pairs
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}">'
        f'<table class="{name}"><caption>{caption}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def details(summary: str, *bodies: str) -> str:
    """What a reader opens when it is wanted; empty where there is nothing inside."""
    inside = "".join(bodies)
    return f"<details><summary>{summary}</summary>{inside}</details>" if inside else ""


def note(words: str) -> str:
    """A sentence inside of what has been opened."""
    return f'<p class="note">{words}</p>'


def row(name: str, *cells: str | tuple[str, str]) -> str:
    """A row of a table: its name, then cells, each a text or a text and its class."""
    pairs = [(text, "") if isinstance(text, str) else text for text in cells]
    inside = "".join(f'<td class="{kind}">{text}</td>' if kind else f"<td>{text}</td>" for text, kind in pairs)
    return f'<tr><th scope="row">{name}</th>{inside}</tr>'
