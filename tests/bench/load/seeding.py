"""A queue to work on, made by the product's own services; `python manage.py shell -c` runs `seed_queue`."""

import json
import sys
from random import Random
from uuid import uuid4

from labeling.services.entry import ItemDraft, enter_items
from qaplatform import clock
from tests.builders import CATEGORIES, make_labeler, make_policy, make_queue, make_token, make_vendor

WORDS = ("offer", "click", "account", "winner", "private", "sale", "meet", "group", "paid", "photo", "gift", "real")
WORDS_AN_ITEM = 30
ITEMS_AT_ONCE = 2000


def seed_queue(*, items: int, overlap: int, people: int) -> None:
    """Make an active queue whose items need so many answers each, and people for it; print what a client needs."""
    stamp = uuid4().hex[:8]
    queue = make_queue(f"Load {stamp}", policy=make_policy(f"Policy {stamp}"), base_answers=overlap)
    vendor = make_vendor(f"Vendor {stamp}")
    crew = [make_labeler(f"labeler-{stamp}-{number}", vendor=vendor, queues=[queue]) for number in range(people)]
    random = Random(items)
    for start in range(0, items, ITEMS_AT_ONCE):
        drafts = [_draft(number, random) for number in range(start, min(start + ITEMS_AT_ONCE, items))]
        enter_items(queue, drafts, now=clock.now())
    tokens = [make_token(labeler.user) for labeler in crew]
    sys.stdout.write(
        json.dumps({"id": queue.pk, "queue": str(queue.public_id), "tokens": tokens, "answers": CATEGORIES})
    )


def _draft(number: int, random: Random) -> ItemDraft:
    text = " ".join(random.choices(WORDS, k=WORDS_AN_ITEM))
    return ItemDraft(content={"text": text}, external_id=f"post-{number}", context={"country": "DE"})
