"""What is drawn on a flag's page."""

from collections.abc import Sequence

from calibration.enums import FlagCause
from calibration.models import Flag
from calibration.queries.flags import EvidenceView, Figures
from calibration.stats import Estimate
from qaplatform.web.charts import Chart, Cusum, CusumPoint, Whisker, Whiskers


def finding_chart(flag: Flag, evidence: Sequence[EvidenceView], figures: Figures) -> Chart | None:
    """The path of the check up to its alarm; for the weekly test the figure against the target."""
    if flag.cause == FlagCause.CUSUM:
        return cusum_chart(flag, evidence)
    return figure_chart(flag, figures)


def cusum_chart(flag: Flag, evidence: Sequence[EvidenceView]) -> Cusum | None:
    """The CUSUM over the checked answers, a point an answer; None where the path was not kept."""
    path = flag.finding.get("path") or [view.row.statistic for view in evidence]
    limit = flag.finding.get("parameters", {}).get("h")
    if not path or limit is None or any(value is None for value in path):
        return None
    points = [
        CusumPoint(at=place, value=value, note=_note(evidence, place - 1)) for place, value in enumerate(path, start=1)
    ]
    return Cusum(
        points=tuple(points),
        limit=limit,
        limit_name="Limit",
        alarm_index=flag.finding.get("alarm"),
        change_index=flag.finding.get("change_point"),
        y_label="Evidence of a change",
    )


def figure_chart(flag: Flag, figures: Figures) -> Whiskers:
    """Accuracy as found, as it stands, and without what is disputed, against the target."""
    rows = [("As found", figures.found)]
    if figures.has_changed:
        rows += [("As it stands", figures.standing_now), ("Without disputed", figures.undisputed)]
    return Whiskers(
        rows=tuple(_whisker(name, e) for name, e in rows), target=target_of(flag), x_label="Accuracy", low=0, high=1
    )


def target_of(flag: Flag) -> float | None:
    """The accuracy that was aimed at when the flag opened."""
    p0 = flag.finding.get("parameters", {}).get("p0")
    return None if p0 is None else 1 - float(p0)


def _whisker(name: str, estimate: Estimate) -> Whisker:
    return Whisker(name, estimate.value, estimate.lower, estimate.upper, estimate.n)


def _note(evidence: Sequence[EvidenceView], index: int) -> str:
    if index >= len(evidence):
        return ""
    return "right" if evidence[index].row.is_correct else "wrong"
