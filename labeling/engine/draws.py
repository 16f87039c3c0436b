"""Draws that give the same result whenever they are repeated: seeded per item."""

from collections.abc import Mapping
from hashlib import blake2b
from math import ceil

BITS = 53


def draw_share(seed: int, key: str) -> float:
    """A number from 0 up to, but not including, 1; evenly spread over keys.

    Nobody who lacks the seed can foretell it. The same seed and key always give the same number.

    >>> draw_share(7, "a") == draw_share(7, "a")
    True
    >>> 0 <= draw_share(7, "b") < 1
    True
    """
    digest = blake2b(key.encode(), key=str(seed).encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> (64 - BITS)) / (1 << BITS)


def draw_answers_needed(seed: int, key: str, base: int, rate: float, size: int) -> int:
    """How many answers an item needs: `size` with probability `rate`, else `base`.

    >>> draw_answers_needed(7, "a", base=1, rate=0.0, size=3)
    1
    >>> draw_answers_needed(7, "a", base=1, rate=1.0, size=3)
    3
    """
    return size if draw_share(seed, f"overlap:{key}") < rate else base


def draw_rank(seed: int, key: str) -> float:
    """Where a slot stands in the order of its queue: a number from 0 up to 1 that tells nothing about the item.

    >>> draw_rank(7, "a") != draw_rank(8, "a")
    True
    """
    return draw_share(seed, f"rank:{key}")


def allot_vendors(seed: int, key: str, slots: int, shares: Mapping[int, float]) -> tuple[int | None, ...]:
    """Which vendor each of an item's slots is for, in the order of the slots; None: for everybody.

    `shares` maps a vendor to its part of all answers; parts are taken relative to their sum. An item's slots go to as
    many vendors as the shares allow: each vendor gets its exact part of them, rounded up or down by the draw
    (systematic sampling), so that over many items every vendor gets its share.

    >>> allot_vendors(7, "a", 2, {})
    (None, None)
    >>> sorted(allot_vendors(7, "a", 2, {1: 0.5, 2: 0.5}))
    [1, 2]
    """
    if not shares:
        return (None,) * slots
    order = sorted(shares, key=lambda vendor: draw_share(seed, f"vendor:{key}:{vendor}"))
    total, start = sum(shares.values()), draw_share(seed, f"vendors:{key}")
    allotted: list[int] = []
    reached = 0.0
    for vendor in order:
        reached += slots * shares[vendor] / total
        allotted += [vendor] * (_points_below(reached, start, slots) - len(allotted))
    places = sorted(range(slots), key=lambda number: draw_share(seed, f"vendor place:{key}:{number}"))
    by_place = dict(zip(places, allotted, strict=True))
    return tuple(by_place[number] for number in range(slots))


def _points_below(reached: float, start: float, slots: int) -> int:
    """How many of the points start, start + 1, ... lie below; the last sum may miss `slots` by its rounding."""
    if reached > slots - 1e-9:
        return slots
    return max(0, ceil(reached - start))
