"""A plain estimate, as components read them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    value: float | None
    lower: float | None = None
    upper: float | None = None
    n: int = 0
    status: str = "ok"


TWELVE_OF_FOURTEEN = Measured(0.857, 0.61, 0.97, 14)
NOTHING_YET = Measured(None, n=3, status="too_few")
