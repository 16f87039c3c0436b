"""Bursts added up, and the lines that are printed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.bench.load.client import Burst, Step, share_of
from tests.bench.load.probes import Spent

HEAD = (
    "| people | requests a cycle | view | cycles/s | next p50 | p95 | p99 | submit p50 | p95 | p99 "
    "| CPU server | database | both | jobs | client | stale p95 |"
)
RULE = "|" + "---|" * 16


@dataclass(frozen=True)
class Exactness:
    """What the database holds beside what was acknowledged; all but `labels` should be 0."""

    labels: int
    over: int
    repeats: int
    lost: int


@dataclass
class Series:
    """All bursts of one view at one number of people."""

    people: int
    requests: int
    view: str
    bursts: list[Burst] = field(default_factory=list)
    spent: list[Spent] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)

    def add(self, burst: Burst, spent: Spent) -> None:
        self.bursts.append(burst)
        self.spent.append(spent)

    @property
    def stored(self) -> int:
        return sum(burst.stored for burst in self.bursts)

    @property
    def failures(self) -> int:
        return sum(burst.failures for burst in self.bursts)

    @property
    def a_second(self) -> float:
        return median(burst.stored / burst.seconds for burst in self.bursts)

    def milliseconds(self, step: Step, share: float) -> float:
        """Latency of all bursts together below which this share lies."""
        return 1000 * share_of([value for burst in self.bursts for value in burst.latencies[step]], share)

    def cpu(self, part: str) -> float:
        """CPU a cycle in milliseconds, median of bursts."""
        pairs = zip(self.bursts, self.spent, strict=True)
        return median(1000 * getattr(spent, part) / max(1, burst.stored) for burst, spent in pairs)

    @property
    def both(self) -> float:
        return self.cpu("server") + self.cpu("database")

    @property
    def stale(self) -> float:
        return share_of(self.ages, 0.95)


def row_of(series: Series) -> str:
    """One line of the table."""
    latencies = [series.milliseconds(step, share) for step in Step for share in (0.5, 0.95, 0.99)]
    cpu = [series.cpu("server"), series.cpu("database"), series.both, series.cpu("jobs"), series.cpu("client")]
    cells = [str(series.people), str(series.requests), series.view, f"{series.a_second:.0f}"]
    cells += [f"{value:.1f}" for value in latencies] + [f"{value:.2f}" for value in cpu]
    cells.append(f"{series.stale:.1f} s" if series.ages else "")
    return f"| {' | '.join(cells)} |"


def ratio_of(ours: Series, bare: Series) -> str:
    """How many times the bare view's figures ours are, in the same run."""
    p99 = {step: ours.milliseconds(step, 0.99) / (bare.milliseconds(step, 0.99) or 1) for step in Step}
    return (
        f"{ours.people} people, {ours.requests} request(s) a cycle: CPU {ours.both / bare.both:.2f} times, "
        f"p99 of next {p99[Step.NEXT]:.2f} and of submit {p99[Step.SUBMIT]:.2f} times the bare view's"
    )


def table_of(pairs: Iterable[tuple[Series, Series]]) -> list[str]:
    """The table, with ours above the bare view, and the ratios below it."""
    pairs = list(pairs)
    rows = [row_of(series) for pair in pairs for series in pair]
    return [HEAD, RULE, *rows, "", *(ratio_of(ours, bare) for ours, bare in pairs)]


def exactness_line(checks: Sequence[tuple[str, Exactness]], failures: int) -> str:
    """Over-assignments, repeats and what was lost, per view."""
    parts = (
        f"{view}: {sum(c.labels for v, c in checks if v == view)} labels, "
        f"{sum(c.over for v, c in checks if v == view)} over, "
        f"{sum(c.repeats for v, c in checks if v == view)} repeated, "
        f"{sum(c.lost for v, c in checks if v == view)} lost"
        for view in dict.fromkeys(view for view, _ in checks)
    )
    return f"{'; '.join(parts)}; {failures} answers with status 5xx"
