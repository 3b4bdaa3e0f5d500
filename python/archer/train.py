"""A run from configuration to report: demonstrations, behaviour cloning, ArCHer, evaluation.

The run folder holds everything that `resume` needs. A checkpoint marks a point between two updates;
a run that is killed anywhere and resumed repeats what came after its last checkpoint, from the same
random streams, and so ends with the same bytes (on one CPU thread).
"""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from archer.algorithms.archer import Archer, check_settings
from archer.algorithms.bc import BehaviourCloning
from archer.checkpoint import checkpoints, load_checkpoint
from archer.config import Config, check_config, dump_config, load_config
from archer.critic import load_critic
from archer.env import ScriptedPolicy, make_vec, scripted, specs
from archer.errors import CheckpointError, ConfigError
from archer.evaluate import Evaluation, evaluate, evaluate_scripted
from archer.policy import Policy
from archer.progress import ProgressDisplay
from archer.replay import ReplayBuffer
from archer.report.finish import finish
from archer.rollout import collect, collect_scripted, episode_returns
from archer.runlog import RunLog
from archer.saving import Progress, restore, save
from archer.stopwatch import Stopwatch
from archer.store import TrajectoryStore

CLONING_INTERVAL = 100
"""Updates of behaviour cloning from one line of metrics, and one checkpoint, to the next."""


def train(config: Config, *, quiet: bool = False) -> Path:
    """Runs the whole of ``config`` and returns its run folder.

    Raises:
        ConfigError: settings that cannot be used, or a run folder that is there already.
    """
    check_config(config)
    check_settings(config.archer)
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
        self.policy = Policy.load(config.policy, seed)
        self.env = make_vec(config.env.id, config.env.num_envs, seed, **config.env.options)
        self.eval_env = make_vec(
            config.env.id, config.eval.num_envs, config.eval.seed, **config.env.options
        )
        self.demonstrator = self._demonstrator()
        self.sampling = torch.Generator(self.policy.device).manual_seed(seed)
        self.progress = Progress()

    def _demonstrator(self) -> ScriptedPolicy | None:
        """The script that is cloned, unless there is a store to clone from, or no cloning."""
        config = self.config.bc
        if config.steps == 0 or config.store is not None:
            return None
        return scripted(
            self.config.env.id,
            config.demonstrator,
            self.config.run.seed,
            **config.demonstrator_options,
        )

    def run(self) -> Path:
        """Goes through the phases that are still ahead."""
        resuming = bool(checkpoints(self.folder / "checkpoints"))
        if not resuming:
            # A run killed before its first checkpoint begins again.
            for name in ("demonstrations", "trajectories"):
                shutil.rmtree(self.folder / name, ignore_errors=True)
        self.store = TrajectoryStore(self.folder / "trajectories")
        run = self.config.run
        with (
            RunLog(
                self.folder,
                tensorboard=run.tensorboard,
                wandb=run.wandb,
                config=asdict(self.config),
            ) as self.log,
            ProgressDisplay(quiet=self.quiet) as self.display,
        ):
            if not resuming:
                self.log.rewind(0)
            saved = load_checkpoint(self.folder / "checkpoints") if resuming else None
            if saved is not None:
                self.progress = Progress(**saved.state["progress"])
            if self.progress.phase == "cloning":
                self._clone(saved)
                saved = None
            if self.progress.phase == "archer":
                self._improve(saved)
        self.store.close()
        finish(self.folder, self.config, self.eval_env, self.progress.evaluations, quiet=self.quiet)
        return self.folder

    # --- behaviour cloning ----------------------------------------------------------------------

    def _clone(self, saved: Any) -> None:
        config = self.config.bc
        if config.steps > 0:
            with self._demonstrations(fresh=saved is None) as store:
                learner = BehaviourCloning(
                    self.policy,
                    store,
                    config,
                    self.config.run.seed,
                    self.config.run.micro_batch_tokens,
                )
                if saved is not None:
                    restore(saved, self, learner)
                self.display.begin("behaviour cloning", config.steps, learner.step)
                while learner.step < config.steps:
                    self._clone_some(learner, min(CLONING_INTERVAL, config.steps - learner.step))
        self.policy.save(self.folder / "warm_start")
        self._measure_references()
        self.progress.phase, self.progress.iteration = "archer", 0

    def _clone_some(self, learner: BehaviourCloning, steps: int) -> None:
        watch = Stopwatch()
        with watch("updates"):
            infos = [learner.update() for _ in range(steps)]
        mean = {key: sum(info[key] for info in infos) / steps for key in infos[0]}
        self.log.metrics("bc", learner.step, mean)
        self.log.timings("bc", learner.step, watch.seconds)
        self.display.advance(steps, **mean)
        save(self, learner)

    def _demonstrations(self, *, fresh: bool) -> TrajectoryStore:
        """The store to clone from: a given one, or this run's own, made by the script."""
        config = self.config
        if config.bc.store is not None:
            return TrajectoryStore(config.bc.store, read_only=True)
        store = TrajectoryStore(self.folder / "demonstrations")
        if fresh and self.demonstrator is not None:
            self.display.begin("demonstrations", config.bc.demonstrations)
            watch = Stopwatch()
            with watch("collect"):
                episodes = collect_scripted(
                    self.demonstrator,
                    self.env,
                    config.bc.demonstrations,
                    self.policy,
                    progress=self.display.advance,
                )
            store.extend([episode.trajectory for episode in episodes])
            store.flush()
            self.progress.evaluations["demonstrations"] = Evaluation.of(episodes).as_dict()
            self.log.timings("demonstrations", 0, watch.seconds)
        return store

    def _measure_references(self) -> None:
        """The optimum where the task has a script for it, and the warm-started policy."""
        config = self.config.eval
        scripts = {spec.id: spec.scripted for spec in specs()}
        if "optimal" in scripts.get(self.config.env.id, ()):
            player = scripted(self.config.env.id, "optimal", config.seed)
            optimum = evaluate_scripted(
                player, self.eval_env, config.final_episodes, self.policy, config.seed
            )
            self.progress.evaluations["optimal"] = optimum.as_dict()
        self._evaluate("bc", config.final_episodes)

    def _evaluate(self, name: str, episodes: int) -> Evaluation:
        watch = Stopwatch()
        with watch("evaluate"):
            evaluation = evaluate(self.policy, self.eval_env, episodes, self.config.eval.seed)
        self.progress.evaluations[name] = evaluation.as_dict()
        step = {"episodes": self.progress.episodes} | evaluation.as_dict(count="evaluated")
        step["returns"] = evaluation.returns
        self.log.metrics("evaluation", self.progress.iteration, step)
        self.log.timings("evaluation", self.progress.iteration, watch.seconds)
        return evaluation

    # --- ArCHer ---------------------------------------------------------------------------------

    def _improve(self, saved: Any) -> None:
        config = self.config.archer
        self.replay = ReplayBuffer(
            self.store,
            config.replay_capacity,
            alpha=config.priority_alpha,
            beta=config.priority_beta,
            half_life=config.priority_half_life,
            seed=self.config.run.seed,
        )
        critic = load_critic(self.config.critic, self.policy, self.config.run.seed)
        learner = Archer(
            self.policy,
            critic,
            self.replay,
            config,
            self.sampling,
            self.config.run.micro_batch_tokens,
        )
        if saved is None:
            save(self, learner)
        else:
            restore(saved, self, learner)
        self.display.begin("ArCHer", config.iterations, self.progress.iteration)
        while self.progress.iteration < config.iterations:
            self._iterate(learner)
            done = self.progress.iteration
            last = done == config.iterations
            values: dict[str, float | None] = {}
            if last or (self.config.eval.every and done % self.config.eval.every == 0):
                count = self.config.eval.final_episodes if last else self.config.eval.episodes
                evaluation = self._evaluate("archer", count)
                values = {"eval_return": evaluation.mean_return, "win_rate": evaluation.win_rate}
            self.display.advance(episodes=self.progress.episodes, **values)
            if last or done % self.config.run.checkpoint_every == 0:
                if last:
                    self.policy.save(self.folder / "policy")
                    self.progress.phase = "done"
                save(self, learner)

    def _iterate(self, learner: Archer) -> None:
        """One round: collect, move the critic, move the actor."""
        config, progress, watch = self.config.archer, self.progress, Stopwatch()
        with watch("collect"):
            episodes = collect(
                self.policy,
                self.env,
                config.episodes_per_iteration,
                self.sampling,
                policy_version=progress.version,
            )
            ids = self.store.extend([episode.trajectory for episode in episodes])
            for trajectory in ids:
                self.replay.add(trajectory)
            progress.episodes += len(ids)
        critic_only = progress.iteration < config.critic_only_iterations
        updates = config.critic_only_updates if critic_only else config.critic_updates
        with watch("critic"):
            if progress.iteration == 0:
                learner.start_critic(self.store.gather(ids).to(self.policy.device))
            critic_info = [learner.update_critic() for _ in range(updates)]
        with watch("actor"):
            actor_info = {}
            if not critic_only and config.actor_epochs > 0:
                actor_info = learner.update_actor(self.store.gather(ids).to(self.policy.device))
                progress.version += 1
        progress.iteration += 1
        metrics: dict[str, Any] = {"episodes": progress.episodes}
        metrics |= Evaluation.of(episodes).as_dict(count="collected")
        metrics |= {f"actor_{key}": value for key, value in actor_info.items()}
        for key in critic_info[0] if critic_info else ():
            metrics[f"critic_{key}"] = sum(info[key] for info in critic_info) / len(critic_info)
        self.log.metrics("archer", progress.iteration, metrics)
        self.log.timings("archer", progress.iteration, watch.seconds)
        self.display.advance(
            0,
            mean_return=float(episode_returns(episodes).mean()),
            invalid_rate=metrics["invalid_rate"],
        )
