"""The warm start of a run: demonstrations by a script or from a store, and behaviour cloning."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

from archer.algorithms.bc import BehaviourCloning
from archer.algorithms.method import averaged
from archer.checkpoint import Checkpoint
from archer.env import ScriptedPolicy, TextVectorEnv, scripted
from archer.errors import ConfigError
from archer.evaluate import Evaluation
from archer.rollout import collect_scripted
from archer.saving import restore, save
from archer.speed import LEARNED
from archer.stopwatch import Stopwatch
from archer.store import TrajectoryStore

if TYPE_CHECKING:
    from archer.train import Trainer

INTERVAL = 100
"""Updates of behaviour cloning from one line of metrics, and one checkpoint, to the next."""


class WarmStart:
    """Clones demonstrations into the policy of a run."""

    def __init__(self, trainer: Trainer) -> None:
        """Prepares the script, where one demonstrates.

        Raises:
            ConfigError: there is neither a store of demonstrations nor an environment, or no store
                where one is said to be.
            UnknownEnvironmentError: the environment has no scripts.
            OptionError: it has no such script.
        """
        self.trainer, self.config = trainer, trainer.config
        self.demonstrator: ScriptedPolicy | None = None
        store = self.config.bc.store
        if self._demonstrations_are_needed() and store is not None and not Path(store).is_dir():
            raise ConfigError(
                f"bc.store is {store}, which is no folder; give that of a trajectory store "
                "(archer demos writes one), or null to let a script demonstrate"
            )
        if self._is_demonstrated_here():
            if self.config.env.id is None:
                raise ConfigError(
                    "bc.store and env.id are both null, so there are no demonstrations and nobody "
                    "to give any; set bc.store to the folder of a trajectory store"
                )
            self.demonstrator = scripted(
                self.config.env.id,
                self.config.bc.demonstrator,
                self.config.run.seed,
                **self.config.bc.demonstrator_options,
            )

    def _is_demonstrated_here(self) -> bool:
        return self._demonstrations_are_needed() and self.config.bc.store is None

    def _demonstrations_are_needed(self) -> bool:
        return self.config.bc.steps > 0 or self.trainer.method_needs_demonstrations

    def run(self, saved: Checkpoint | None) -> None:
        """Makes the demonstrations and clones them, from a checkpoint on if there is one."""
        env = self.trainer.env
        if self.demonstrator is not None and env is not None and saved is None:
            self._demonstrate(self.demonstrator, env)
        if self.config.bc.steps > 0:
            self._clone(saved)
        self.trainer.policy.save(self.trainer.folder / "warm_start")

    def open_demonstrations(self) -> TrajectoryStore:
        """The store to learn from: a given one, or this run's own."""
        own = self.trainer.folder / "demonstrations"
        return TrajectoryStore(self.config.bc.store or own, read_only=True)

    def held_out(self, store: TrajectoryStore) -> list[int]:
        """Ids of the demonstrations that the run is measured on, and learns nothing from.

        None where episodes of an environment are measured, or where only cloning is asked for.
        """
        config, ids = self.config, range(store.first_id, len(store))
        needed = self.trainer.method_needs_demonstrations and config.env.id is None
        if not needed or config.eval.held_out == 0.0:
            return []
        count = max(round(config.eval.held_out * len(ids)), 1)
        count = max(min(count, config.eval.episodes, len(ids) - 1), 0)
        return sorted(random.Random(config.run.seed).sample(ids, count))

    def _demonstrate(self, demonstrator: ScriptedPolicy, env: TextVectorEnv) -> None:
        trainer, count = self.trainer, self.config.bc.demonstrations
        trainer.display.begin("demonstrations", count)
        watch = Stopwatch()
        with watch("collect"):
            episodes = collect_scripted(
                demonstrator, env, count, trainer.policy, progress=trainer.display.advance
            )
        with TrajectoryStore(trainer.folder / "demonstrations") as store:
            store.extend([episode.trajectory for episode in episodes])
            store.flush()
        trainer.progress.evaluations["demonstrations"] = Evaluation.of(episodes).as_dict()
        trainer.log.timings("demonstrations", 0, watch.seconds)

    def _clone(self, saved: Checkpoint | None) -> None:
        trainer, config = self.trainer, self.config
        with self.open_demonstrations() as store:
            learner = BehaviourCloning(
                trainer.policy,
                store,
                config.bc,
                config.run.seed,
                config.run.micro_batch_tokens,
                self.held_out(store),
            )
            if saved is not None:
                restore(saved, trainer, learner)
            trainer.display.begin("behaviour cloning", config.bc.steps, learner.step)
            while learner.step < config.bc.steps:
                self._clone_some(learner, min(INTERVAL, config.bc.steps - learner.step))

    def _clone_some(self, learner: BehaviourCloning, steps: int) -> None:
        watch, before = Stopwatch(), learner.learned_turns
        with watch("updates"):
            mean = averaged([learner.update() for _ in range(steps)])
        self.trainer.log.metrics("bc", learner.step, mean)
        counts = {LEARNED: learner.learned_turns - before}
        self.trainer.log.timings("bc", learner.step, watch.seconds, counts)
        self.trainer.display.advance(steps, **mean)
        save(self.trainer, learner)
