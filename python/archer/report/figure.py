"""Return against environment episodes, as a figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from archer.errors import ConfigError
from archer.report.canvas import as_png, return_axes
from archer.report.intervals import mean_interval
from archer.report.summary import POLICIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's palette, which people with any colour vision can tell apart.
BLUE = "#0072B2"
REFERENCES = {
    "optimal": ("#009E73", "-"),
    "demonstrations": ("#E69F00", "--"),
    "bc": ("#CC79A7", "-."),
}


@dataclass(frozen=True, slots=True)
class Curve:
    """The evaluations of one run, in the order of training."""

    episodes: list[int]
    """Environment episodes that training had used."""
    mean_return: list[float]
    ci95: list[tuple[float, float]]


def curve_of(metrics: Sequence[Mapping[str, Any]]) -> Curve:
    """The curve in the lines of phase "evaluation" of a run's ``metrics.jsonl``."""
    lines = [line for line in metrics if line["phase"] == "evaluation"]
    nan = math.nan
    return Curve(
        [line["episodes"] for line in lines],
        [line["mean_return"] for line in lines],
        [
            (nan, nan) if None in line["ci95"] else (line["ci95"][0], line["ci95"][1])
            for line in lines
        ],
    )


def draw_returns(
    curves: Sequence[Curve],
    references: Mapping[str, float],
    path: str | Path,
    *,
    title: str,
    label: str = "ArCHer",
) -> Path:
    """Draws the return during training and saves it as PNG.

    Args:
        curves: One with its 95% band; or one a seed, drawn thin, and their mean with the 95% band
            of Student's t over seeds (at the episodes that all of them share).
        references: Mean return by the keys of `POLICIES`, drawn as horizontal lines.
        path: The file; its folder is made where it is missing.
        title: Of the figure.
        label: What was trained.

    Raises:
        ConfigError: matplotlib is not installed, or there is no curve.
    """
    if not curves:
        raise ConfigError("a figure needs the evaluations of at least one run; none were given")
    figure, axes = return_axes((7.0, 4.8), title, "Environment episodes used in training")
    _draw_references(axes, references)
    _draw_curves(axes, curves, label)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_png(figure, 2))
    return path


def _draw_references(axes: Axes, references: Mapping[str, float]) -> None:
    for name, (colour, style) in REFERENCES.items():
        if name in references:
            value = references[name]
            label = f"{POLICIES[name]}, {value:.2f}".replace("-", "\N{MINUS SIGN}")
            axes.axhline(value, color=colour, linestyle=style, linewidth=1.4, label=label)


def _draw_curves(axes: Axes, curves: Sequence[Curve], name: str) -> None:
    if len(curves) == 1:
        (mean,) = curves
        label = f"{name}, mean and 95% interval over episodes"
    else:
        for number, curve in enumerate(curves):
            once = f"{name}, single seeds" if number == 0 else None
            axes.plot(
                curve.episodes, curve.mean_return, color=BLUE, linewidth=0.7, alpha=0.5, label=once
            )
        mean = _mean_curve(curves)
        label = f"{name}, mean and 95% interval over {len(curves)} seeds"
    bounds = np.array(mean.ci95, dtype=np.float64).reshape(-1, 2)
    axes.fill_between(mean.episodes, bounds[:, 0], bounds[:, 1], color=BLUE, alpha=0.2, linewidth=0)
    axes.plot(
        mean.episodes,
        mean.mean_return,
        color=BLUE,
        linewidth=2,
        marker="o",
        markersize=3.5,
        label=label,
    )


def _mean_curve(curves: Sequence[Curve]) -> Curve:
    by_episodes = [dict(zip(c.episodes, c.mean_return, strict=True)) for c in curves]
    shared = sorted(set.intersection(*(set(values) for values in by_episodes)))
    points = [mean_interval([values[at] for values in by_episodes]) for at in shared]
    return Curve(shared, [mean for mean, _ in points], [interval for _, interval in points])
