"""Whether a flag opens: by an alarm of the CUSUM or a finding of the weekly test, and never by a standing."""

from dataclasses import dataclass
from enum import StrEnum

from calibration.stats.errors import OutOfRange
from calibration.stats.watch import Cusum, CusumState, Signal


class FlagReason(StrEnum):
    """Which declared test opens a flag."""

    CUSUM = "cusum"
    WEEKLY = "weekly_test"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a flag opens, by which test, and the sentence that goes with it."""

    opens: bool
    reason: FlagReason | None
    words: str


def judge(
    *,
    n: int,
    cusum: Cusum | None = None,
    state: CusumState | None = None,
    weekly_found: bool = False,
    weekly_p: float | None = None,
    has_open_flag: bool = False,
    minimum: int = 20,
) -> Judgement:
    """Decide on a flag from a CUSUM (Page 1954) and the weekly test (Benjamini and Hochberg 1995).

    n is the number of gold answers since the watch started; under `minimum` nothing opens a flag, whatever the
    figures. A labeler with an open flag gets no second one. The standing of a person is no argument on purpose.
    Raises ValueError for a negative n.

    >>> judge(n=40, cusum=Cusum(p0=0.05), state=CusumState(level=7.3, n=40)).reason.value
    'cusum'
    >>> judge(n=19, weekly_found=True).opens
    False
    """
    if not n >= 0:
        raise OutOfRange("The number of answers is never negative.")
    if has_open_flag:
        return _no_flag("A flag is open already: its decision comes first.")
    if n < minimum:
        return _no_flag(f"Only {n} gold answers; no flag opens under {minimum}.")
    if cusum is not None and state is not None and cusum.signal(state) is Signal.ALARM:
        return _flag(FlagReason.CUSUM, _cusum_words(cusum, state))
    if weekly_found:
        return _flag(FlagReason.WEEKLY, _weekly_words(weekly_p))
    return _no_flag("Neither the running check nor the weekly test found anything.")


def _no_flag(words: str) -> Judgement:
    return Judgement(opens=False, reason=None, words=words)


def _flag(reason: FlagReason, words: str) -> Judgement:
    return Judgement(opens=True, reason=reason, words=words)


def _cusum_words(cusum: Cusum, state: CusumState) -> str:
    since = state.n - state.zero_at
    return (
        f"The running check stands at {state.level:.1f}, above its limit of {cusum.h:.1f}: the {since} answers since "
        f"it last stood at zero look like {_percent(cusum.p1)} errors rather than {_percent(cusum.p0)}."
    )


def _weekly_words(p: float | None) -> str:
    chance = "" if p is None else f" (p = {p:.2g})"
    return f"The weekly test over all labelers found more errors than chance allows{chance}."


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0") + " %"
