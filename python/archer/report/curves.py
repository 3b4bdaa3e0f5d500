"""The figures of a comparison: return against environment episodes, and against seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archer.report.canvas import as_png, return_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's palette, which people with any colour vision can tell apart; the reference first.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES = ("-", "--", ":")
AXES = {
    "episodes": "Environment episodes used in training",
    "seconds": "Seconds of training, without evaluation and warm start (mean over seeds)",
}


def draw_comparison(results: Mapping[str, Any], against: str) -> bytes:
    """The mean return of each variant with its 95% interval, and single seeds thinly, as PNG.

    Args:
        results: Of ``results.json``.
        against: What the horizontal axis is, a key of `AXES`.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    title = f"{results['env']}, {len(results['seeds'])} seeds"
    figure, axes = return_axes((7.5, 5.2), title, AXES[against])
    drawn = [(label, v) for label, v in _reference_first(results) if "curve" in v]
    for number, (label, values) in enumerate(drawn):
        colour = COLOURS[number % len(COLOURS)]
        style = STYLES[number // len(COLOURS) % len(STYLES)]
        _draw(axes, label, values, against, colour, style)
    if results["threshold"] is not None:
        axes.axhline(results["threshold"], color="0.4", linewidth=1, linestyle=(0, (1, 2)))
    if results["optimal"] is not None:
        axes.axhline(results["optimal"], color="0.4", linewidth=1, label="scripted optimum")
    return as_png(figure, 3)


def _reference_first(results: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted(results["variants"].items(), key=lambda item: item[0] != results["reference"])


def _draw(
    axes: Axes, label: str, values: Mapping[str, Any], against: str, colour: str, style: str
) -> None:
    curve = values["curve"]
    at: Sequence[float] = (
        curve["episodes"] if against == "episodes" else values["speed"]["seconds_at_evaluation"]
    )
    for seed in curve["by_seed"]:
        axes.plot(at, seed, color=colour, linestyle=style, linewidth=0.6, alpha=0.4)
    bounds = curve["ci95"]
    if None not in bounds[0]:
        low, high = zip(*bounds, strict=True)
        axes.fill_between(at, low, high, color=colour, alpha=0.12, linewidth=0)
    axes.plot(
        at, curve["mean"], color=colour, linestyle=style, linewidth=2, marker="o", markersize=3,
        label=label,
    )  # fmt: skip
