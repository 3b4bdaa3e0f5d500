"""A run from configuration to report: demonstrations, behaviour cloning, a method, evaluation.

The run folder holds everything that `resume` needs. A checkpoint marks a point between two updates;
a run that is killed anywhere and resumed repeats what came after its last checkpoint, from the same
random streams, and so ends with the same bytes (on one CPU thread).
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch

from archer.algorithms import METHODS, TITLES, check_method
from archer.algorithms.method import Method, Setup
from archer.checkpoint import checkpoints, load_checkpoint
from archer.config import Config, check_config, dump_config, load_config, used_sections
from archer.diagnostics import spoken
from archer.env import GroupedStarts, TextVectorEnv, make_vec
from archer.errors import CheckpointError, ConfigError
from archer.evaluate import Evaluation
from archer.measuring import Measuring
from archer.memory import out_of_memory_named
from archer.policy import Policy
from archer.progress import ProgressDisplay
from archer.report.finish import finish
from archer.rollout import collect, episode_returns
from archer.runlog import RunLog
from archer.saving import Progress, restore, save
from archer.speed import LEARNED, collected
from archer.stopwatch import Stopwatch
from archer.store import TrajectoryStore
from archer.warm_start import WarmStart


def train(config: Config, *, quiet: bool = False) -> Path:
    """Runs the whole of ``config`` and returns its run folder.

    Raises:
        ConfigError: settings that cannot be used, or a run folder that is there already.
    """
    check_config(config)
    check_method(config)
    if config.run.seed == config.eval.seed:
        raise ConfigError(
            f"run.seed and eval.seed are both {config.run.seed}, so that training would meet the "
            "episodes of the evaluation; choose different ones"
        )
    folder = Path(config.run.out)
    if folder.is_file() or (folder.exists() and any(folder.iterdir())):
        raise ConfigError(
            f"the run folder {folder} is there already; continue it "
            f"(archer train --resume {folder}), remove it, or set run.out to another"
        )
    trainer = Trainer(folder, config, quiet=quiet)  # a wrong setting leaves no folder behind
    folder.mkdir(parents=True, exist_ok=True)
    dump_config(config, folder / "config.yaml")
    return trainer.run()


def resume(folder: Path | str, *, quiet: bool = False) -> Path:
    """Continues a run from its newest checkpoint, or from its beginning if it has none yet.

    Raises:
        CheckpointError: not a run folder, or its newest checkpoint is damaged.
    """
    folder = Path(folder)
    if not (folder / "config.yaml").is_file():
        raise CheckpointError(f"{folder} is no run folder: it holds no config.yaml")
    return Trainer(folder, load_config(folder / "config.yaml"), quiet=quiet).run()


class Trainer:
    """The parts of one run, and its phases in order."""

    def __init__(self, folder: Path, config: Config, *, quiet: bool) -> None:
        """Builds the parts as they are at the beginning of a run."""
        self.folder, self.config, self.quiet = folder, config, quiet
        if config.run.threads is not None:
            torch.set_num_threads(config.run.threads)
        seed = config.run.seed
        torch.manual_seed(seed)
        with out_of_memory_named("load"):
            self.policy = Policy.load(config.policy, seed)
        if config.run.gradient_checkpointing:
            self.policy.recompute_layers()
        if config.run.compile:
            self.policy.compile_passes()
        self.env = self._environments(config.env.num_envs, seed)
        self.eval_env = self._environments(config.eval.num_envs, config.eval.seed)
        self.warm_start = WarmStart(self)
        self.sampling = torch.Generator(self.policy.device).manual_seed(seed)
        self.progress = Progress()
        self.measuring = Measuring(self)

    def _environments(self, count: int, seed: int) -> TextVectorEnv | None:
        """Those of the configuration; None where it has none, and a store is learned from."""
        config = self.config.env
        return None if config.id is None else make_vec(config.id, count, seed, **config.options)

    @property
    def method_needs_demonstrations(self) -> bool:
        """Whether the method learns from demonstrations beyond the warm start."""
        method = METHODS.get(self.config.method)
        return method is not None and method.learns_from_demonstrations(self.config)

    def run(self) -> Path:
        """Goes through the phases that are still ahead."""
        resuming = bool(checkpoints(self.folder / "checkpoints"))
        if not resuming:
            # A run killed before its first checkpoint begins again.
            for name in ("demonstrations", "trajectories"):
                shutil.rmtree(self.folder / name, ignore_errors=True)
        run = self.config.run
        with (
            TrajectoryStore(self.folder / "trajectories") as self.store,
            RunLog(
                self.folder,
                tensorboard=run.tensorboard,
                wandb=run.wandb,
                config=used_sections(self.config),
            ) as self.log,
            ProgressDisplay(quiet=self.quiet) as self.display,
        ):
            if not resuming:
                self.log.rewind(0)
            saved = load_checkpoint(self.folder / "checkpoints") if resuming else None
            if saved is not None:
                self.progress = Progress(**saved.state["progress"])
            if self.progress.phase == "cloning":
                self.warm_start.run(saved)
                saved = None
                self.measuring.references()
                self.progress.phase = "learning"
            if self.progress.phase == "learning":
                self._improve(saved)
        finish(
            self.folder,
            self.config,
            self.eval_env,
            self.progress.evaluations,
            self.progress.alarms,
            quiet=self.quiet,
        )
        return self.folder

    # --- the method -----------------------------------------------------------------------------

    def _improve(self, saved: Any) -> None:
        """All iterations of the method, each followed by what is due: a measure, a checkpoint."""
        name = self.config.method
        with ExitStack() as stack:
            if name not in METHODS:
                self._finish_cloning()
                return
            setup = self._setup(stack, resumed=saved is not None)
            with out_of_memory_named("build"):
                method = METHODS[name](setup)
            group_size = method.group_size(self.config)
            if self.env is not None and group_size > 1:
                # From here on alone: demonstrations are worth more from starts of their own.
                self.env = GroupedStarts(self.env, group_size)
            iterations = getattr(self.config, name).iterations
            if saved is None:
                save(self, method)
            else:
                with out_of_memory_named("build"):  # the optimizers' moments are new too
                    restore(saved, self, method)
            self.display.begin(TITLES[name], iterations, self.progress.iteration)
            while self.progress.iteration < iterations:
                self._iterate(method)
                self._after_iteration(method, last=self.progress.iteration == iterations)

    def _setup(self, stack: ExitStack, *, resumed: bool) -> Setup:
        demonstrations, held_out = None, []
        if self.method_needs_demonstrations:
            demonstrations = stack.enter_context(self.warm_start.open_demonstrations())
            held_out = self.warm_start.held_out(demonstrations)
        return Setup(
            self.policy,
            self.store,
            self.config,
            self.sampling,
            demonstrations,
            held_out=held_out,
            resumed=resumed,
        )

    def _finish_cloning(self) -> None:
        self.policy.save(self.folder / "policy")
        self.progress.phase = "done"

    def _after_iteration(self, method: Method, *, last: bool) -> None:
        config, done = self.config, self.progress.iteration
        values: dict[str, float | None] = {}
        due = last or (config.eval.every and done % config.eval.every == 0)
        if due and self.eval_env is None:
            self.measuring.held_out(method)
        elif due and self.eval_env is not None:
            count = config.eval.final_episodes if last else config.eval.episodes
            evaluation = self.measuring.evaluate(config.method, self.eval_env, count, method)
            values = {"eval_return": evaluation.mean_return, "win_rate": evaluation.win_rate}
        self.display.advance(episodes=self.progress.episodes, **values)
        if last:
            method.save(self.folder / "policy")
            self.progress.phase = "done"
        if last or done % config.run.checkpoint_every == 0:
            save(self, method)

    def _iterate(self, method: Method) -> None:
        """One round: new episodes where the method wants them, and its updates."""
        progress, watch = self.progress, Stopwatch()
        metrics: dict[str, Any] = {}
        ids: list[int] = []
        counts: dict[str, int] = {}
        shown: dict[str, float] = {}
        if method.plays(self.config) and self.env is not None:
            section = getattr(self.config, self.config.method)
            with watch("collect"):
                episodes = collect(
                    self.policy,
                    self.env,
                    section.episodes_per_iteration,
                    self.sampling,
                    policy_version=method.version,
                    sampler=method.sampler,
                )
                ids = self.store.extend([episode.trajectory for episode in episodes])
            counts = collected(episode.trajectory for episode in episodes)
            progress.episodes += len(ids)
            metrics = Evaluation.of(episodes).as_dict(count="collected") | spoken(episodes)
            shown = {
                "mean_return": float(episode_returns(episodes).mean()),
                "invalid_rate": metrics["invalid_rate"],
            }
        before = method.learned_turns
        info = method.learn(ids, progress.iteration, watch)
        counts[LEARNED] = method.learned_turns - before
        progress.iteration += 1
        metrics = {"episodes": progress.episodes} | metrics | info
        self.log.metrics(self.config.method, progress.iteration, metrics)
        self.log.timings(self.config.method, progress.iteration, watch.seconds, counts)
        self.display.advance(0, **shown)
