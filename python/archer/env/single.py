"""`TextSingleEnv`: Gymnasium's interface to one environment."""

from __future__ import annotations

from typing import Any

import gymnasium

from archer.env.vector import AnyText, TextVectorEnv
from archer.errors import ActionError, OptionError


class TextSingleEnv(gymnasium.Env[str, str]):
    """One environment, over a `TextVectorEnv` that holds no other.

    Args:
        envs: its only environment is played.
        render_mode: ``"ansi"`` or None, which mean the same: `render` gives the dialogue so far.

    Raises:
        OptionError: another render mode.
    """

    metadata = {"render_modes": ["ansi"], "render_fps": 1}  # noqa: RUF012 - Gymnasium's declaration

    def __init__(self, envs: TextVectorEnv, render_mode: str | None = None) -> None:
        if render_mode not in {None, "ansi"}:
            raise OptionError(f"render_mode is {render_mode!r}: give 'ansi' or None")
        self.envs = envs
        self.render_mode = render_mode
        self.observation_space = AnyText()
        self.action_space = AnyText()
        self._dialogue: list[str] = []

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Begins the next episode.

        Args:
            seed: if given, starts anew: the first episode of this seed begins.
            options: of the task.

        Returns:
            The opening text, and ``hidden``.

        Raises:
            OptionError: an argument that cannot be used.
        """
        if seed is not None:
            self.envs.seed(seed)
            super().reset(seed=seed)
        (opening,) = self.envs.reset_at([0], options)
        self._dialogue = [opening]
        return opening, {"hidden": self.envs.hidden([0])[0]}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Takes one turn.

        Raises:
            ActionError: ``action`` is no string.
            EpisodeFinishedError: the episode is over or has not begun.
        """
        if not isinstance(action, str):
            raise ActionError(f"an utterance must be a str, not {type(action).__name__}")
        step = self.envs.step_at([0], [action])
        self._dialogue.append(f"{action} {step.observations[0]}\n")
        infos = {key: bool(value[0]) for key, value in step.infos.items()}
        return (
            step.observations[0],
            float(step.rewards[0]),
            bool(step.terminated[0]),
            bool(step.truncated[0]),
            infos,
        )

    def render(self) -> str:
        """The dialogue so far."""
        return "".join(self._dialogue)

    def close(self) -> None:
        """Closes `envs`."""
        self.envs.close()
