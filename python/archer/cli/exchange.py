"""`archer store export` and `archer store import`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, get_args

import tyro
from rich.console import Console

from archer.cli.runs import load_policy
from archer.errors import ConfigError
from archer.exchange import from_chat, from_lmrl, from_parquet, to_chat, to_lmrl, to_parquet
from archer.store import TrajectoryStore

Format = Literal["parquet", "jsonl", "lmrl"]
SUFFIXES: dict[str, Format] = {".parquet": "parquet", ".jsonl": "jsonl", ".json": "lmrl"}


def export_main(arguments: list[str]) -> None:
    """Parses and runs `archer store export`."""
    tyro.cli(_export, args=arguments, prog="archer store export")


def import_main(arguments: list[str]) -> None:
    """Parses and runs `archer store import`."""
    tyro.cli(_import, args=arguments, prog="archer store import")


def _export(
    path: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="PATH")],
    out: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="OUT")],
    /,
    *,
    format: Format | None = None,  # noqa: A002 - the option's name
    policy: str = "tiny",
    chat: bool = False,
) -> None:
    """Writes the episodes of a store into one file, for other programs to read.

    Args:
        path: Folder of the store; it may be written meanwhile.
        out: The file that is written; it must not exist.
        format: "parquet" loses nothing; "jsonl" has one chat a line; "lmrl" has dialogues of
            LMRL-Gym. By default what the file's name ends with says: .parquet, .jsonl or .json.
        policy: For "jsonl" and "lmrl": the run or model whose tokenizer has made the tokens.
        chat: The model's chat template has written them (a run's configuration says so itself).
    """
    form = _format(out, format)
    if out.exists():
        raise ConfigError(f"{out} is there already; remove it, or give another name")
    with TrajectoryStore(path, read_only=True) as store:
        if form == "parquet":
            to_parquet(store, out)
        else:
            write = {"jsonl": to_chat, "lmrl": to_lmrl}[form]
            write(store, out, load_policy(policy, chat=chat).policy)
        _say(store.num_trajectories, store.num_turns, out)


def _import(
    file: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FILE")],
    path: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="PATH")],
    /,
    *,
    format: Format | None = None,  # noqa: A002 - the option's name
    policy: str = "tiny",
    chat: bool = False,
    default_reward: float | None = None,
) -> None:
    """Appends the episodes of a file to a store, all of them or, if one is malformed, none.

    Args:
        file: What is read.
        path: Folder of the store; made where there is none.
        format: As of archer store export.
        policy: For "jsonl" and "lmrl": the run or model whose tokenizer encodes the texts; the one
            that will be trained.
        chat: Write by the model's chat template, for a policy that will be trained with policy.chat
            true (a run's configuration says so itself).
        default_reward: For "jsonl": of every turn of the chats that have no rewards.
    """
    form = _format(file, format)
    if not file.is_file():
        raise ConfigError(f"there is no file {file}; give one to import")
    if default_reward is not None and form != "jsonl":
        raise ConfigError(f"--default-reward is for jsonl, and {file} is read as {form}")
    speaker = None if form == "parquet" else load_policy(policy, chat=chat).policy
    with _opened(path) as store:
        turns = store.num_turns
        if speaker is None:
            ids = from_parquet(file, store)
        elif form == "jsonl":
            ids = from_chat(file, store, speaker, default_reward=default_reward)
        else:
            ids = from_lmrl(file, store, speaker)
        store.flush()
        _say(len(ids), store.num_turns - turns, path)


@contextmanager
def _opened(path: Path) -> Iterator[TrajectoryStore]:
    """The store of a folder; one that is made for it goes again if an error leaves it empty."""
    absent, empty = not path.exists(), False
    try:
        with TrajectoryStore(path) as store:
            try:
                yield store
            finally:
                empty = len(store) == 0
    except BaseException:
        if absent and empty:
            shutil.rmtree(path)
        raise


def _format(file: Path, given: Format | None) -> Format:
    if given is not None:
        return given
    if file.suffix not in SUFFIXES:
        raise ConfigError(
            f"the name {file.name} does not say its format; let it end with {', '.join(SUFFIXES)}, "
            f"or give --format ({', '.join(get_args(Format))})"
        )
    return SUFFIXES[file.suffix]


def _say(episodes: int, turns: int, where: Path) -> None:
    Console(highlight=False).print(
        f"{episodes:,} episodes, {turns:,} turns, in {where}", markup=False, soft_wrap=True
    )
