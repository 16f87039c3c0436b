"""What a policy's adoption does to gold, said before anybody confirms it."""

from django.urls import reverse
from django.utils.http import urlencode

from calibration.queries.outdated_gold import gold_of_clauses, live_gold_without_clause
from labeling.models import Queue
from labeling.queries.consequences import Consequence, ConsequenceLine


def gold_consequence(queue: Queue, changed: frozenset[int]) -> Consequence | None:
    """How much gold a change of these clauses suspends, clause by clause, and what it leaves alone."""
    counted = gold_of_clauses(queue, changed)
    bare = live_gold_without_clause(queue) if changed else 0
    if not counted and not bare:
        return None
    lines = [ConsequenceLine(f"Clause {code}: {_items(n)}", _address(queue, code)) for code, n in counted]
    if bare:
        stays = "stays" if bare == 1 else "stay"
        lines.append(
            ConsequenceLine(f"{_items(bare)} without a clause {stays} live: look whether the change touches them")
        )
    return Consequence(_sentence(counted), tuple(lines))


def _sentence(counted: list[tuple[str, int]]) -> str:
    if not counted:
        return "No gold item hangs on these clauses."
    codes = [code for code, _ in counted]
    clauses = f"clause {codes[0]}" if len(codes) == 1 else f"clauses {', '.join(codes)}"
    total = _items(sum(n for _, n in counted))
    return (
        f"{total} of {clauses} will be suspended until two people approve them again under the new text; "
        "what waits unanswered is taken back."
    )


def _address(queue: Queue, code: str) -> str:
    return (
        f"{reverse('calibration:gold')}?{urlencode({'queue': str(queue.public_id), 'state': 'live', 'clause': code})}"
    )


def _items(n: int) -> str:
    return "1 gold item" if n == 1 else f"{n:,} gold items"
