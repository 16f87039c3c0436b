"""How many checked answers something needs."""

from dataclasses import dataclass

from calibration.stats import answers_needed, interval_answers

# Told of (accuracy, target) pairs that come up again and again.
EXAMPLES = ((0.95, 0.98), (0.9, 0.95), (0.85, 0.95), (0.8, 0.9))


@dataclass(frozen=True)
class Needed:
    """Answers that tell somebody of true `accuracy` from `target`; None where 20,000 do not do."""

    accuracy: float
    target: float
    answers: int | None


@dataclass(frozen=True)
class Plan:
    """What was asked for, and the usual cases beside it."""

    told: Needed
    points: float
    interval: int
    examples: tuple[Needed, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The answers, in sentences."""
        return (_told(self.told), _interval(self.told.accuracy, self.points, self.interval))


def plan_answers(accuracy: float, target: float, points: float) -> Plan:
    """How many answers tell this accuracy from this target, and how many make it known to so many points."""
    return Plan(
        told=_needed(accuracy, target),
        points=points,
        interval=interval_answers(points / 100, accuracy=accuracy),
        examples=tuple(_needed(*pair) for pair in EXAMPLES),
    )


def _needed(accuracy: float, target: float) -> Needed:
    try:
        return Needed(accuracy, target, answers_needed(accuracy, target=target))
    except ValueError:
        return Needed(accuracy, target, None)


def _told(needed: Needed) -> str:
    who = f"Somebody who is really at {_percent(needed.accuracy)} %"
    if needed.answers is None:
        return f"{who} is too close to a target of {_percent(needed.target)} % to be told from it."
    side = "below" if needed.accuracy < needed.target else "above"
    return (
        f"{who} is seen to be {side} a target of {_percent(needed.target)} % with {needed.answers:,} checked answers, "
        "four times in five."
    )


def _interval(accuracy: float, points: float, answers: int) -> str:
    return f"An accuracy near {_percent(accuracy)} % is known to {points:g} points either way with {answers:,} answers."


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")
