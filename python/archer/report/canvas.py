"""What all figures have in common: axes for returns, and PNG that the same numbers repeat."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from archer.errors import ConfigError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def return_axes(size: tuple[float, float], title: str, xlabel: str) -> tuple[Figure, Axes]:
    """An empty figure of ``size`` inches for returns against something.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigError(
            "figures need matplotlib; install it (pip install 'archer[plots]')"
        ) from error
    figure = Figure(figsize=size, dpi=150, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title)
    axes.set_xlabel(xlabel)
    axes.set_ylabel("Return (sum of an episode's rewards)")
    axes.grid(color="0.9", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def as_png(figure: Figure, columns: int) -> bytes:
    """The figure with its legend below it, in so many columns."""
    (axes,) = figure.axes
    axes.set_xlim(left=0)
    figure.legend(loc="outside lower center", ncols=columns, frameon=False, fontsize="small")
    png = io.BytesIO()
    # Without the software's version in it, the same numbers give the same bytes.
    figure.savefig(png, format="png", metadata={"Software": None})
    return png.getvalue()
