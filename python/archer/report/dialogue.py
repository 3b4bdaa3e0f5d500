"""Dialogues for a person to read: one episode, or the same task before and after training."""

from __future__ import annotations

from itertools import zip_longest

from rich.console import Group
from rich.table import Table
from rich.text import Text

from archer.rollout import Episode


def dialogue(episode: Episode, title: str = "") -> Group:
    """One episode: each utterance with the answer to it, and how it ended."""
    lines = [Text(title, style="bold")] if title else []
    opening = Text(_shown(episode.texts[0]), style="dim")
    return Group(*lines, opening, *_turns(episode), _ending(episode))


def compare(before: Episode, after: Episode, title: str, method: str) -> Table:
    """Two episodes of the same task side by side, the second by what ``method`` has trained."""
    table = Table(title=title, title_style="bold", pad_edge=False, show_lines=False)
    for heading in ("Before: behaviour cloning", f"After: {method}"):
        table.add_column(heading, ratio=1, overflow="fold")
    for left, right in zip_longest(_turns(before), _turns(after), fillvalue=Text("")):
        table.add_row(left, right)
    table.add_section()
    table.add_row(_ending(before), _ending(after))
    return table


def _turns(episode: Episode) -> list[Text]:
    pairs = zip(episode.texts[1::2], episode.texts[2::2], strict=True)
    return [
        Text.assemble(
            (f"{number:>2} ", "dim"),
            (_shown(utterance) or "(nothing)", "cyan"),
            " ",
            _shown(answer),
        )
        for number, (utterance, answer) in enumerate(pairs, start=1)
    ]


def _shown(text: str) -> str:
    """``text`` on one line, without what a terminal would obey: a policy may say anything."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text.strip())


def _ending(episode: Episode) -> Text:
    trajectory = episode.trajectory
    won = trajectory.extra.get("win")
    result = "truncated" if trajectory.truncated else "ended"
    if won is not None:
        result = "won" if won else "lost"
    turns = f"{trajectory.num_turns} turn{'' if trajectory.num_turns == 1 else 's'}"
    text = f"{result} after {turns}, return {trajectory.episode_return:.2f}"
    return Text(text, style="green" if won else "yellow")
