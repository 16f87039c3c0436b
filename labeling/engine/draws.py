"""Draws that give the same result whenever they are repeated: seeded per item."""

from hashlib import blake2b

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
