"""Charts of the report as inline SVG: intervals first, then points."""

from calibration.stats import Estimate

_HEIGHT = 22


def whisker(
    estimate: Estimate, *, low: float, high: float, width: int = 240, target: float | None = None, label: str = ""
) -> str:
    """One interval on a scale from `low` to `high`: whisker, dot, and the target as a line; `label` is read aloud."""
    if estimate.value is None:
        return ""
    middle = _HEIGHT / 2
    parts = [f'<line class="axis" x1="4" x2="{width - 4}" y1="{middle}" y2="{middle}"/>']
    if target is not None and low <= target <= high:
        x = _x(target, low, high, width)
        parts.append(f'<line class="target" x1="{x}" x2="{x}" y1="1" y2="{_HEIGHT - 1}"/>')
    if estimate.lower is not None and estimate.upper is not None:
        first, last = _x(estimate.lower, low, high, width), _x(estimate.upper, low, high, width)
        parts.append(f'<line class="whisker" x1="{first}" x2="{last}" y1="{middle}" y2="{middle}"/>')
        parts += [f'<line class="end" x1="{x}" x2="{x}" y1="{middle - 4}" y2="{middle + 4}"/>' for x in (first, last)]
    parts.append(f'<circle class="dot" cx="{_x(estimate.value, low, high, width)}" cy="{middle}" r="3.5"/>')
    return _svg("chart", width, _HEIGHT, f'role="img" aria-label="{label}"', parts)


def scale(*, low: float, high: float, width: int = 240, target: float | None = None, target_label: str = "") -> str:
    """The axis that belongs above a column of whiskers, with its ends and the target named."""
    marks = [(4.0, "start", f"{low:.2f}"), (width - 4.0, "end", f"{high:.2f}")]
    if target is not None and _x(target, low, high, width) > width - 100:
        marks.pop()
    texts = [f'<text x="{x}" y="11" text-anchor="{anchor}">{text}</text>' for x, anchor, text in marks]
    if target is not None and low <= target <= high:
        x = min(max(_x(target, low, high, width), 64), width - 64)
        texts.append(f'<text class="named" x="{x}" y="11" text-anchor="middle">{target_label}</text>')
    return _svg("scale", width, 14, 'aria-hidden="true"', texts)


def _svg(name: str, width: int, height: int, spoken: str, parts: list[str]) -> str:
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'<svg class="{name}" {size} {spoken}>{"".join(parts)}</svg>'


def _x(value: float, low: float, high: float, width: int) -> float:
    share = (min(max(value, low), high) - low) / (high - low)
    return round(4 + share * (width - 8), 1)
