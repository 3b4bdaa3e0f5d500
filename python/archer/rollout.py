"""Episodes: a policy, or a script, in an environment, as trajectories of token ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch

from archer.contexts import Utterance
from archer.env import ScriptedPolicy, TextVectorEnv
from archer.errors import OptionError
from archer.policy import Policy
from archer.sampler import Sampler, SamplerFactory
from archer.types import Trajectory

Progress = Callable[[int], None]
"""Called with the number of episodes that have just ended."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode in both forms: what is learned from, and what a person reads."""

    trajectory: Trajectory
    texts: list[str]
    """``o_0, a_0, o_1, …`` as the environment and the speaker exchanged them."""


def collect(
    policy: Policy,
    env: TextVectorEnv,
    episodes: int,
    generator: torch.Generator,
    *,
    policy_version: int = 0,
    options: dict[str, Any] | None = None,
    progress: Progress | None = None,
    sampler: SamplerFactory = Sampler,
) -> list[Episode]:
    """Plays ``episodes`` whole episodes with a policy.

    Exactly this many are begun, and each is played to its end: stopping at the first to finish
    would favour short ones. They are dealt out to the environments beforehand, for the same reason;
    an environment begins its next one as soon as the last has ended. The first episode of each
    environment is returned first, then the second of each, and so on.

    Args:
        policy: samples the utterances.
        env: its environments must be between episodes.
        episodes: how many; at least one.
        generator: random stream of the sampling, on the policy's device.
        policy_version: recorded in every trajectory.
        options: of every reset, as the environment defines them.
        progress: told whenever episodes end.
        sampler: makes what acts for the policy, from the policy, ``generator`` and contexts.

    Raises:
        ContextTooLongError: an opening with the newest turn does not fit into the policy's
            positions. Older turns are left out of a longer context, see `Sampler`.
        ModelError: the policy's chat template rewrites what it has written; says in which turn.
        OptionError: no episodes, or an environment that is no `TextVectorEnv`.
    """
    speaker = _PolicySpeaker(policy, sampler(policy, generator, []))
    return _play(speaker, policy, env, episodes, policy_version, options or {}, progress)


def collect_scripted(
    scripted: ScriptedPolicy,
    env: TextVectorEnv,
    episodes: int,
    policy: Policy,
    *,
    options: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> list[Episode]:
    """Plays ``episodes`` whole episodes with a script, encoded by ``policy``'s tokenizer.

    Behaviour log-probabilities are NaN: a script has none. Otherwise as `collect`.
    """
    speaker = _ScriptSpeaker(scripted, policy)
    return _play(speaker, policy, env, episodes, 0, options or {}, progress)


class _Speaker(Protocol):
    """Whoever speaks in the episodes; rows are episodes that run."""

    def begin(self, indices: list[int], openings: list[str]) -> None: ...

    def speak(self) -> tuple[list[Utterance], list[str]]: ...

    def hear(self, encoded: list[list[int]], texts: list[str]) -> None: ...

    def keep(self, rows: list[int]) -> None: ...


class _PolicySpeaker:
    def __init__(self, policy: Policy, sampler: Sampler) -> None:
        self.policy, self.sampler = policy, sampler

    def begin(self, indices: list[int], openings: list[str]) -> None:
        self.sampler.add([self.policy.encode_opening(text) for text in openings])

    def speak(self) -> tuple[list[Utterance], list[str]]:
        utterances = self.sampler.speak()
        return utterances, [self.policy.decode(utterance.tokens) for utterance in utterances]

    def hear(self, encoded: list[list[int]], texts: list[str]) -> None:
        self.sampler.hear(encoded)

    def keep(self, rows: list[int]) -> None:
        self.sampler.keep(rows)


class _ScriptSpeaker:
    def __init__(self, scripted: ScriptedPolicy, policy: Policy) -> None:
        self.scripted, self.policy = scripted, policy
        self.indices: list[int] = []
        self.heard: list[str] = []

    def begin(self, indices: list[int], openings: list[str]) -> None:
        self.scripted.begin(indices)
        self.indices, self.heard = self.indices + indices, self.heard + openings

    def speak(self) -> tuple[list[Utterance], list[str]]:
        texts = self.scripted.act(self.indices, self.heard)
        tokens = [self.policy.encode_utterance(text) for text in texts]
        return [Utterance(ids, [float("nan")] * len(ids)) for ids in tokens], texts

    def hear(self, encoded: list[list[int]], texts: list[str]) -> None:
        self.heard = list(texts)

    def keep(self, rows: list[int]) -> None:
        self.indices = [self.indices[row] for row in rows]
        self.heard = [self.heard[row] for row in rows]


@dataclass
class _Running:
    """An episode while it is played."""

    order: int
    """Its place among those asked for."""
    index: int
    """Its environment."""
    number: int
    """Which episode of that environment, from 0."""
    pieces: list[list[int]]
    texts: list[str]
    logprobs: list[float] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)
    invalid: int = 0

    def finish(self, env: TextVectorEnv, policy: Policy, version: int, ends: _Ends) -> Episode:
        extra: dict[str, Any] = {
            "environment": self.index,
            "episode": self.number,
            "invalid": self.invalid,
            "tokenizer": policy.fingerprint,
        }
        if ends.win is not None:
            extra["win"] = ends.win
        trajectory = assemble(
            self.pieces,
            self.rewards,
            self.logprobs,
            terminated=ends.terminated,
            truncated=ends.truncated,
            policy_version=version,
            env_id=env.id,
            seed=env.base_seed,
            extra=extra,
        )
        return Episode(trajectory, self.texts)


@dataclass(frozen=True, slots=True)
class _Ends:
    """How an episode ended."""

    terminated: bool
    truncated: bool
    win: bool | None


def _play(
    speaker: _Speaker,
    policy: Policy,
    env: TextVectorEnv,
    episodes: int,
    version: int,
    options: dict[str, Any],
    progress: Progress | None,
) -> list[Episode]:
    """Plays until every environment has played its share; a finished one begins its next episode.

    Episode ``k`` of those asked for is number ``k // num_envs`` of environment ``k % num_envs``.
    """
    if not isinstance(episodes, int | np.integer) or episodes < 1:
        raise OptionError(f"episodes is {episodes!r}: give a whole number of at least 1")
    if not isinstance(env, TextVectorEnv):
        raise OptionError(f"env is {env!r:.80}: give what archer.make_vec or vectorize makes")
    left = [range(index, episodes, env.num_envs) for index in range(env.num_envs)]
    running: list[_Running] = []
    finished: dict[int, Episode] = {}

    def begin(indices: list[int]) -> None:
        openings = env.reset_at(indices, options)
        speaker.begin(indices, openings)
        for index, text in zip(indices, openings, strict=True):
            order, left[index] = left[index][0], left[index][1:]
            number = int(env.episodes[index]) - 1
            running.append(_Running(order, index, number, [policy.encode_opening(text)], [text]))

    begin([index for index, share in enumerate(left) if share])
    while running:
        over = _turn(speaker, policy, env, running)
        if not any(over):
            continue
        ended = [(episode, ends) for episode, ends in zip(running, over, strict=True) if ends]
        for episode, ends in ended:
            finished[episode.order] = episode.finish(env, policy, version, ends)
        keep = [row for row, ends in enumerate(over) if not ends]
        speaker.keep(keep)
        running = [running[row] for row in keep]
        begin([episode.index for episode, _ in ended if left[episode.index]])
        if progress is not None:
            progress(len(ended))
    return [finished[order] for order in sorted(finished)]


def _turn(
    speaker: _Speaker, policy: Policy, env: TextVectorEnv, running: list[_Running]
) -> list[_Ends | None]:
    """One turn of every running episode; how it ended, for those that did."""
    utterances, texts = speaker.speak()
    step = env.step_at([episode.index for episode in running], texts)
    encoded = [policy.encode_observation(text) for text in step.observations]
    speaker.hear(encoded, list(step.observations))
    wins, invalid = step.infos.get("win"), step.infos.get("invalid")
    over: list[_Ends | None] = []
    for row, episode in enumerate(running):
        episode.pieces += [utterances[row].tokens, encoded[row]]
        episode.texts += [texts[row], step.observations[row]]
        policy.check_turn(episode.texts)
        episode.logprobs += utterances[row].logprobs
        episode.rewards.append(float(step.rewards[row]))
        episode.invalid += int(invalid[row]) if invalid is not None else 0
        ends = _Ends(
            bool(step.terminated[row]),
            bool(step.truncated[row]),
            bool(wins[row]) if wins is not None else None,
        )
        over.append(ends if ends.terminated or ends.truncated else None)
    return over


def assemble(
    pieces: Sequence[Sequence[int]],
    rewards: Sequence[float],
    logprobs: Sequence[float],
    **fields: Any,
) -> Trajectory:
    """A trajectory from its pieces ``o_0, a_0, o_1, …, o_T``, each the ids of its tokens.

    Args:
        pieces: ``2T + 1`` of them.
        rewards: of each turn.
        logprobs: of each token of each utterance.
        fields: the others of `Trajectory`.
    """
    return Trajectory(
        tokens=np.array([token for piece in pieces for token in piece], dtype=np.int64),
        boundaries=np.cumsum([0, *map(len, pieces)], dtype=np.int64),
        rewards=np.array(rewards, dtype=np.float32),
        logprobs=np.array(logprobs, dtype=np.float32),
        **fields,
    )


def episode_returns(episodes: Sequence[Episode]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The undiscounted return of each episode."""
    return np.array([episode.trajectory.episode_return for episode in episodes])
