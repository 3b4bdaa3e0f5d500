"""A comparison as one HTML page that needs no other file."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from archer.report.bootstrap import REPLICATES
from archer.report.methods import TextTable, comparison_tables, remarks

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  color: #222; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.2rem }
table { border-collapse: collapse; margin: 0.5rem 0; font-variant-numeric: tabular-nums }
.wide { overflow-x: auto }
th, td { padding: 0.25rem 0.7rem; text-align: right; border-bottom: 1px solid #ddd }
th:first-child, td:first-child { text-align: left }
pre { background: #f5f5f5; padding: 0.7rem; overflow-x: auto; font-size: 0.85rem }
img { max-width: 100% } .note { color: #555; font-size: 0.9rem }
.warning { background: #fff4e0; border-left: 4px solid #e69f00; padding: 0.5rem 0.8rem }
"""


def comparison_page(
    results: Mapping[str, Any],
    figures: Mapping[str, bytes],
    settings: Mapping[str, str],
    command: str,
    failures: Mapping[str, str],
) -> str:
    """The page.

    Args:
        results: Of ``results.json``.
        figures: PNG by caption.
        settings: Configurations as YAML by title.
        command: What runs the same comparison.
        failures: Why there is no result, by run.
    """
    title = f"{results['env']}: {', '.join(results['variants'])}"
    parts = [f"<h1>{escape(title)}</h1>"]
    parts += [f'<p class="warning">{escape(line)}</p>' for line in remarks(results)]
    parts += [_table(table) for table in comparison_tables(results)]
    parts += [_figure(caption, png) for caption, png in figures.items()]
    parts += ["<h2>Failed runs</h2>"] if failures else []
    parts += [f"<p>{escape(run)}</p>{_pre(why)}" for run, why in failures.items()]
    parts += ["<h2>How the intervals were made</h2>", *(f"<p>{p}</p>" for p in _method(results))]
    parts += ["<h2>The same again</h2>", _pre(command), "<h2>Settings</h2>"]
    parts += [
        f"<details><summary>{escape(name)}</summary>{_pre(text)}</details>"
        for name, text in settings.items()
    ]
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _table(table: TextTable) -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading in table.headings)
    rows = "".join(f"<tr>{_cells(row)}</tr>\n" for row in table.rows)
    return (
        f"<h2>{escape(table.title)}</h2>\n"
        f'<div class="wide"><table><tr>{head}</tr>\n{rows}</table></div>\n'
        f'<p class="note">{escape(table.note)}</p>'
    )


def _cells(row: Sequence[str]) -> str:
    return "".join(f"<td>{escape(cell)}</td>" for cell in row)


def _figure(caption: str, png: bytes) -> str:
    data = base64.b64encode(png).decode()
    name = escape(caption)
    return f'<h2>{name}</h2>\n<img alt="{name}" src="data:image/png;base64,{data}">'


def _pre(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _method(results: Mapping[str, Any]) -> list[str]:
    """In HTML, a paragraph each."""
    lines = [
        "Every variant began from the same warm start of each seed, was allowed the same "
        f"{results['episodes']:,} environment episodes, and was evaluated after the same numbers "
        "of them with the same random streams. Final return: that of the last evaluation. Return "
        "over training: the area under the curve of returns, divided by its width.",
        "Intervals are percentile intervals of a stratified bootstrap "
        '(<a href="https://arxiv.org/abs/2108.13264">Agarwal et al. 2021</a>): seeds are drawn '
        "with replacement, and within each seed that was drawn the returns of its evaluation "
        "episodes. With up to four seeds all of the draws of seeds are gone through equally "
        f"often, with more {REPLICATES:,} are made. IQM is the interquartile mean over seeds: of "
        "three values, the median with weight 1 and the others with 1/4.",
    ]
    if results["threshold"] is not None:
        lines.append(
            "Episodes to the threshold: linear between the evaluation before and the first one "
            "that is not below it. The ratio is that of the means over seeds, the interval a "
            "paired bootstrap: both methods draw the same seeds. A run that never got there only "
            "says that it needs more than the budget; each draw then gives a range of ratios, and "
            "the interval goes from the 2.5% quantile of the lower ends to the 97.5% quantile of "
            "the upper ends, which may be infinite."
        )
    return lines
