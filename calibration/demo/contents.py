"""Composing what items show. Pure, seeded, and no text comes twice."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from calibration.demo import phrases
from calibration.demo.policies import FRAUD, DemoQueue
from calibration.demo.worlds import Items
from labeling.engine.contents import content_hash

Choice = TypeVar("Choice")

PICKS = 24
DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class Content:
    """What one item shows; `body` is its JSON, `digest` the hash by which exposure is counted."""

    kind: str
    body: str
    digest: str
    language: str


def compose_contents(queue: DemoQueue, items: Items, rng: np.random.Generator) -> list[Content]:
    """A content for each item, all different."""
    picks = rng.integers(0, 2**31, (len(items.truth), PICKS)).tolist()
    seen: set[str] = set()
    rows = zip(items.truth.tolist(), items.is_conversation.tolist(), items.is_spanish.tolist(), strict=True)
    wishes = [_Wish(queue, *row) for row in rows]
    return [_compose_new(wish, chosen, seen) for wish, chosen in zip(wishes, picks, strict=True)]


@dataclass(frozen=True)
class _Wish:
    """What a content is to show, and how."""

    queue: DemoQueue
    truth: int
    is_conversation: bool
    is_spanish: bool


def _compose_new(wish: _Wish, picks: list[int], seen: set[str]) -> Content:
    content = _compose(wish, picks)
    while content.body in seen:
        picks = [(pick * 1103515245 + 12345) % 2**31 for pick in picks]
        content = _compose(wish, picks)
    seen.add(content.body)
    return content


def _compose(wish: _Wish, picks: list[int]) -> Content:
    language = "es" if wish.is_spanish else "en"
    fill = _fillers(picks)
    family = "spanish" if wish.is_spanish else "fraud" if wish.queue is FRAUD else "disputes"
    core = _pick(phrases.CORES[family][wish.queue.codes[wish.truth]], picks[0])
    if wish.is_conversation:
        return _content("conversation", _turns(wish, core, picks, fill), language)
    text = _start_big(core.format_map(fill))
    if not wish.is_spanish:
        opening, closing = _pick(phrases.OPENINGS, picks[1]), _pick(phrases.CLOSINGS, picks[2])
        text = f"{opening.format_map(fill)}{text}{closing.format_map(fill)}"
    return _content("text", {"text": text}, language)


def _content(kind: str, content: dict[str, object], language: str) -> Content:
    return Content(kind, json.dumps(content, ensure_ascii=False), content_hash(kind, content), language)


def _turns(wish: _Wish, core: str, picks: list[int], fill: dict[str, str]) -> dict[str, object]:
    lead = _pick(phrases.LEADS_SPANISH if wish.is_spanish else phrases.LEADS, picks[1])
    reply = _pick(phrases.REPLIES_SPANISH if wish.is_spanish else phrases.REPLIES, picks[2])
    turns = [*lead, (lead[-1][0], core), (lead[0][0], reply)]
    return {"turns": [{"role": role, "text": _start_big(text.format_map(fill))} for role, text in turns]}


def _fillers(picks: list[int]) -> dict[str, str]:
    fill = {name: _pick(words, pick) for (name, words), pick in zip(phrases.FILLERS.items(), picks[3:], strict=False)}
    handle = f"{fill['first'].split()[0].lower()}_{_letters(picks[20])}"
    fill["small"] = str(3 + picks[21] % 57)
    fill["amount"] = str(20 + picks[22] % 970)
    fill["number"] = str(100000 + picks[23] % 900000)
    fill["handle"] = handle
    fill["link"] = f"{_letters(picks[19])}.example"
    return fill


def _letters(pick: int) -> str:
    return "".join(DIGITS[pick // 36**place % 36] for place in range(4))


def _pick(choices: Sequence[Choice], pick: int) -> Choice:
    return choices[pick % len(choices)]


def _start_big(text: str) -> str:
    return text[:1].upper() + text[1:]
