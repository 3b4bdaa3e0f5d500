"""What a run measures and warns of, by episodes or by demonstrations that were held out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from archer.alarms import alarms
from archer.algorithms.method import Method
from archer.diagnostics import Diagnostics
from archer.env import TextVectorEnv, scripted, specs
from archer.evaluate import Evaluation, evaluate_scripted, evaluation_episodes
from archer.sampler import Sampler
from archer.stopwatch import Stopwatch

if TYPE_CHECKING:
    from archer.train import Trainer


class Measuring:
    """Evaluates the policy of a run, writes the lines of it, and warns."""

    def __init__(self, trainer: Trainer) -> None:
        """Measures by the settings of the run."""
        self.trainer = trainer
        self.diagnostics = Diagnostics(trainer.config, trainer.folder / "warm_start")

    def references(self) -> None:
        """The optimum where the task has a script for it, and the warm-started policy."""
        trainer = self.trainer
        if trainer.eval_env is None:
            self.held_out()
            return
        config, env_id = trainer.config.eval, trainer.config.env.id or ""
        scripts = {spec.id: spec.scripted for spec in specs()}
        if "optimal" in scripts.get(env_id, ()):
            player = scripted(env_id, "optimal", config.seed)
            optimum = evaluate_scripted(
                player, trainer.eval_env, config.final_episodes, trainer.policy, config.seed
            )
            trainer.progress.evaluations["optimal"] = optimum.as_dict()
        self.evaluate("bc", trainer.eval_env, config.final_episodes)

    def evaluate(
        self, name: str, env: TextVectorEnv, episodes: int, method: Method | None = None
    ) -> Evaluation:
        """Episodes of the policy as the method acts by it, and all that can be said of them.

        Args:
            name: of the policy in the summary.
            env: is played in, from its seed's first episode on.
            episodes: how many.
            method: None for the warm start.
        """
        progress, log = self.trainer.progress, self.trainer.log
        sampler = Sampler if method is None else method.sampler
        watch, seed = Stopwatch(), self.trainer.config.eval.seed
        with watch("evaluate"):
            played = evaluation_episodes(self.trainer.policy, env, episodes, seed, sampler=sampler)
            evaluation = Evaluation.of(played)
        with watch("diagnose"):
            diagnosis = self.diagnostics.measure(played, method)
        progress.evaluations[name] = evaluation.as_dict()
        step = {"episodes": progress.episodes} | evaluation.as_dict(count="evaluated")
        step |= diagnosis
        step["returns"] = evaluation.returns
        log.metrics("evaluation", progress.iteration, step)
        log.timings("evaluation", progress.iteration, watch.seconds)
        self._watch_over(diagnosis | evaluation.as_dict(), method)
        return evaluation

    def held_out(self, method: Method | None = None) -> None:
        """Without an environment, in its place: demonstrations that nothing was learned from."""
        trainer, watch = self.trainer, Stopwatch()
        if not trainer.method_needs_demonstrations:
            return
        with trainer.warm_start.open_demonstrations() as store, watch("diagnose"):
            ids = trainer.warm_start.held_out(store)
            if not ids:
                return
            health = self.diagnostics.measure_demonstrations(store, ids, trainer.policy, method)
        step = {"demonstrations": len(ids)} | health
        trainer.log.metrics("held_out", trainer.progress.iteration, step)
        trainer.log.timings("held_out", trainer.progress.iteration, watch.seconds)
        self._watch_over(health, method)

    def _watch_over(self, health: dict[str, Any], method: Method | None) -> None:
        """Says what has gone wrong since the warm start (no method), once for each kind."""
        progress = self.trainer.progress
        if method is None:
            progress.at_warm_start = {
                name: value
                for name, value in health.items()
                if isinstance(value, float) and math.isfinite(value)
            }
            return
        found = alarms(health, progress.at_warm_start, follows_q=method.follows_q)
        for kind, text in found.items():
            if kind not in progress.alarms:
                progress.alarms[kind] = text
                self.trainer.log.metrics("alarm", progress.iteration, {"kind": kind, "text": text})
                self.trainer.display.warn(text)
