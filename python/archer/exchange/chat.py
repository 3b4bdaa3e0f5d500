"""Episodes as lines of JSON, each a chat between the environment and the agent."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from archer.errors import ExchangeError
from archer.exchange.files import exported, importing, pour, reading, replacing
from archer.exchange.strict_json import dump, parse, short, unique
from archer.exchange.texts import decode, encode, is_reward, reward_of
from archer.policy import Policy
from archer.store import TrajectoryStore
from archer.types import Trajectory

ROLES = ("user", "assistant")
"""Who speaks: the environment and the agent, in turn."""
DEFAULTS: dict[str, Any] = {
    "terminated": False,
    "truncated": False,
    "policy_version": 0,
    "env_id": "",
    "seed": 0,
    "extra": {},
}
"""Keys that a line may leave out, and what is then taken."""
KEYS = ("messages", "rewards", *DEFAULTS)


def to_chat(
    store: TrajectoryStore, path: Path | str, policy: Policy, ids: Iterable[int] | None = None
) -> None:
    """Writes trajectories as lines of JSON, one chat each (docs/exchange.md says which keys).

    The texts are those that environment and agent exchanged. Log-probabilities are left out, and
    sampled tokens may come back as others that spell the same text: `to_parquet` loses nothing.

    Args:
        store: where the trajectories are.
        path: the file; one that is there is replaced once all is written.
        policy: its tokenizer has made the tokens.
        ids: of the trajectories, in this order; by default all.

    Raises:
        ExchangeError: A trajectory has the tokens of another tokenizer or template, or a number in
            ``extra`` that is not finite; nothing is written.
        StoreIOError: The file cannot be written.
        UnknownTrajectoryError: The store has no such trajectory.
    """
    with replacing(Path(path)) as file:
        file.writelines(exported(store, ids, lambda each: dump(_as_json(policy, each))))


def from_chat(
    path: Path | str,
    store: TrajectoryStore,
    policy: Policy,
    *,
    default_reward: float | None = None,
) -> list[int]:
    """Appends the chats in a file of JSON lines, all of them or, if one is malformed, none.

    Args:
        path: a file as `to_chat` writes it; only ``messages`` and ``rewards`` must be there.
        store: what they are appended to; log-probabilities are NaN.
        policy: its tokenizer encodes the texts.
        default_reward: of every turn of the chats that have no ``rewards``; None makes that an
            error.

    Returns:
        The ids of the trajectories, in the order of the lines.

    Raises:
        ExchangeError: A line is malformed; says which, and what was expected.
        StoreIOError: The file cannot be read, or the store not written.
    """
    if default_reward is not None:
        default_reward = reward_of("default_reward", default_reward)
    path, checked = Path(path), TrajectoryStore()
    with reading(path) as file:
        for number, line in enumerate(file, 1):
            text = line.removeprefix(BOM_UTF8) if number == 1 else line
            with importing(f"{path}, line {number}"):
                checked.append(_parse(policy, text, default_reward))
    return pour(checked, store)


def _as_json(policy: Policy, trajectory: Trajectory) -> dict[str, Any]:
    texts = decode(policy, trajectory)
    return {
        "messages": [{"role": ROLES[i % 2], "content": text} for i, text in enumerate(texts)],
        "rewards": trajectory.rewards.tolist(),
        **{key: getattr(trajectory, key) for key in DEFAULTS},
    }


def _parse(policy: Policy, line: bytes, default_reward: float | None) -> Trajectory:
    record = _object(line)
    if unknown := sorted(record.keys() - set(KEYS)):
        raise ExchangeError(
            f"unknown key {unknown[0]!r}; expected {', '.join(KEYS)}; put what else you want to "
            "keep into extra"
        )
    texts = _texts(record.get("messages"))
    rewards = _rewards(record, len(texts) // 2, default_reward)
    fields = {key: record.get(key, default) for key, default in DEFAULTS.items()}
    for key in ("policy_version", "seed"):
        if isinstance(fields[key], bool):
            raise ExchangeError(f"{key} is {fields[key]}; expected an integer")
    if not isinstance(fields["extra"], dict):
        raise ExchangeError(f"extra is {short(fields['extra'])}; expected an object")
    return encode(policy, texts, rewards, **fields)


def _object(line: bytes) -> dict[str, Any]:
    if not line.strip():
        raise ExchangeError("the line is empty; expected one object a line, so remove it")
    record = unique(parse(line))
    if not isinstance(record, dict):
        raise ExchangeError(f"{short(record)} is no object; expected one with {', '.join(KEYS)}")
    return record


def _texts(messages: Any) -> list[str]:
    if not isinstance(messages, list) or len(messages) < 2:
        raise ExchangeError(
            f"messages is {short(messages)}; expected a list of at least an observation (role "
            "user) and an utterance (role assistant)"
        )
    texts = []
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or message.keys() != {"role", "content"}:
            raise ExchangeError(
                f"message {place} is {short(message)}; expected an object with role and content "
                "alone"
            )
        if message["role"] != ROLES[place % 2]:
            raise ExchangeError(
                f"message {place} has the role {short(message['role'])}; expected "
                f"{ROLES[place % 2]!r}: user and assistant speak in turn, user first (put what a "
                "system says before the first observation)"
            )
        if not isinstance(message["content"], str):
            raise ExchangeError(
                f"message {place} has the content {short(message['content'])}; expected a text"
            )
        texts.append(message["content"])
    return texts


def _rewards(record: dict[str, Any], turns: int, default: float | None) -> list[float]:
    if "rewards" not in record:
        if default is None:
            raise ExchangeError(
                f"rewards is missing; expected a list of {turns} numbers, one for each message of "
                "the assistant, or give a default_reward"
            )
        return [default] * turns
    rewards = record["rewards"]
    if not isinstance(rewards, list) or len(rewards) != turns or not all(map(is_reward, rewards)):
        raise ExchangeError(
            f"rewards is {short(rewards)}; expected a list of {turns} finite 32-bit numbers, one "
            "for each message of the assistant"
        )
    return rewards
