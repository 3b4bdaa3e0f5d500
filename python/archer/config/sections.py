"""Every setting of a run, as plain dataclasses; those of the methods are in files of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from archer.config.archer import ArcherConfig
from archer.config.offline import ArcherOfflineConfig, ChaiConfig, FilteredBCConfig, ILQLConfig
from archer.config.on_policy import (
    GiGPOConfig,
    GRPOConfig,
    PPOConfig,
    ReinforceConfig,
    RLOOConfig,
    TurnPPOConfig,
)
from archer.config.options import Options
from archer.config.ranges import Count, Fraction, Natural, NonNegative, Positive, Seed, Share
from archer.errors import ConfigError

Dtype: TypeAlias = Literal["float32", "bfloat16"]
MethodName: TypeAlias = Literal[
    "archer",
    "archer_offline",
    "bc",
    "filtered_bc",
    "chai",
    "turn_ppo",
    "ppo",
    "reinforce",
    "rloo",
    "ilql",
    "grpo",
    "gigpo",
]


def refuse_settings(options: Options) -> Options:
    """``options``, when none has the name of something that is set elsewhere.

    Raises:
        ConfigError: One has.
    """
    taken = {"env_id", "num_envs", "seed", "autoreset_mode", "render_mode", "name"}
    for name in options:
        if name in taken:
            raise ConfigError(f"{name!r} cannot be among the options: it is a setting of its own")
    return options


@dataclass
class EnvConfig:
    """The environment that is trained on and evaluated in."""

    id: str | None = "twenty_questions_subset"
    """An id of `archer envs`, or "module:Class" for a task of one's own; null for none, where a
    method learns from a store alone: no episode is played then, and `eval.held_out` demonstrations
    are measured (with method bc nothing is)."""
    num_envs: Count = 64
    """Episodes that are played side by side."""
    options: Options = field(default_factory=dict)
    """Options of the environment, by name; also ``num_threads`` of a built-in task, and ``backend``
    and ``num_workers`` of a task of one's own."""

    def __post_init__(self) -> None:
        """Refuses options that are set elsewhere."""
        refuse_settings(self.options)


@dataclass
class PolicyConfig:
    """The language model that speaks."""

    model: str = "tiny"
    """"tiny" (built in), a local folder, or a name on the Hugging Face hub."""
    lora_rank: Count | None = None
    """Rank of the LoRA adapters; without it every weight is trained. Adapters that are in the
    folder ``model`` are trained on, by their own settings."""
    lora_alpha: Count = 32
    lora_dropout: Fraction = 0.05
    lora_targets: list[str] | None = None
    """Names of the modules that are adapted; without it peft chooses by architecture."""
    chat: bool = False
    """Whether dialogues are written by the tokenizer's chat template, the environment as the user
    and the policy as the assistant."""
    max_new_tokens: Count = 32
    """Tokens of one utterance, its end token included."""
    temperature: Positive = 1.0
    """Of sampling, in training and in evaluation."""
    top_p: Share = 1.0
    """Mass of the most probable tokens that are sampled from, in training and in evaluation; 1 is
    all of them."""
    dtype: Dtype = "float32"
    """"bfloat16" is that of the forward passes, by autocast; trained weights stay in float32."""
    device: str = "auto"
    """"auto" (a GPU where there is one), "cpu", "cuda" or "cuda:1"."""


@dataclass
class CriticConfig:
    """Twin Q and twin V on a shared trunk."""

    kind: Literal["causal", "joint"] = "causal"
    """"causal" reads V and Q in one pass over an episode; "joint" encodes context and utterance
    apart, as the paper does with RoBERTa."""
    model: str = "policy"
    """"policy" (the warm-started policy's trunk), "tiny", a local folder, or a hub name."""
    hidden: Count | None = None
    """Width of the heads' hidden layer; without it the trunk's own."""
    dtype: Dtype = "float32"


@dataclass
class BCConfig:
    """The warm start: behaviour cloning on demonstrations."""

    demonstrations: Count = 2000
    """Episodes."""
    demonstrator: str = "noisy"
    """Name of the environment's scripted policy that plays them."""
    demonstrator_options: Options = field(default_factory=dict)
    """Options of that scripted policy, by name."""
    store: str | None = None
    """Folder of a trajectory store to clone from, in place of a scripted policy."""
    steps: Natural = 400
    """Updates; 0 leaves the policy as it was loaded."""
    batch_size: Count = 32
    """Episodes an update."""
    learning_rate: NonNegative = 2e-3
    weight_decay: NonNegative = 0.01
    warmup_steps: Natural = 20
    """Updates over which the learning rate rises from 0; then it falls linearly to 0."""
    max_grad_norm: Positive = 1.0

    def __post_init__(self) -> None:
        """Refuses options that are set elsewhere."""
        refuse_settings(self.demonstrator_options)


@dataclass
class EvalConfig:
    """How a policy is measured: by episodes sampled at the policy's temperature."""

    episodes: Count = 256
    """Episodes of an evaluation during training."""
    every: Natural = 8
    """Iterations from one evaluation to the next; 0 evaluates only before and after."""
    final_episodes: Count = 512
    """Episodes of the evaluations that the summary reports."""
    num_envs: Count = 64
    """Episodes that are played side by side."""
    seed: Seed = 10_000
    """Of the evaluation's environments, apart from those of training."""
    held_out: Fraction = 0.1
    """Share of the demonstrations that a run without an environment learns nothing from, the warm
    start included, and measures its critic and policy on; chosen by ``run.seed``, at least one, at
    most ``episodes``, and never the last one that is left to learn from. 0 measures nothing; method
    bc learns from all of them, and measures nothing."""
    kl_to_warm_start: bool = True
    """Whether evaluations measure how far the policy is from the warm start; costs a forward pass
    of that one over the evaluation's episodes, and its memory meanwhile."""


@dataclass
class RunConfig:
    """The run itself: where it writes, how often, and its seed."""

    out: str = "runs/run"
    """The run folder."""
    seed: Seed = 0
    """Of everything random in training."""
    threads: Count | None = None
    """CPU threads of torch; 1 makes a run the same bytes each time. Without it torch chooses."""
    micro_batch_tokens: Count | None = 8192
    """Tokens, padding included, of one forward pass of training; gradients accumulate over an
    update. Lower it when memory runs out; null passes each batch whole."""
    compile: bool = False
    """Whether torch compiles the passes of policy and critic that are learned from (not those that
    speak): minutes at the beginning for faster updates."""
    gradient_checkpointing: bool = False
    """Whether the backward pass computes the layers of policy and critic anew, so that memory holds
    no more than one layer's numbers at a time; costs about a third of an update's time."""
    checkpoint_every: Count = 8
    """Iterations."""
    keep_checkpoints: Count = 2
    """The newest checkpoints that are kept."""
    tensorboard: bool = False
    """Whether metrics also go to TensorBoard (extra ``tensorboard``)."""
    wandb: bool = False
    """Whether metrics also go to Weights & Biases (extra ``wandb``)."""


@dataclass
class Config:
    """Everything that decides a run."""

    method: MethodName = "archer"
    """What follows the warm start. Its settings are in the section of its name; those of other
    methods are not read, and not written into the run folder."""
    env: EnvConfig = field(default_factory=EnvConfig)
    policy: PolicyConfig = field(default_factory=PolicyConfig)
    critic: CriticConfig = field(default_factory=CriticConfig)
    bc: BCConfig = field(default_factory=BCConfig)
    archer: ArcherConfig = field(default_factory=ArcherConfig)
    archer_offline: ArcherOfflineConfig = field(default_factory=ArcherOfflineConfig)
    filtered_bc: FilteredBCConfig = field(default_factory=FilteredBCConfig)
    chai: ChaiConfig = field(default_factory=ChaiConfig)
    turn_ppo: TurnPPOConfig = field(default_factory=TurnPPOConfig)
    ppo: PPOConfig = field(default_factory=PPOConfig)
    reinforce: ReinforceConfig = field(default_factory=ReinforceConfig)
    rloo: RLOOConfig = field(default_factory=RLOOConfig)
    ilql: ILQLConfig = field(default_factory=ILQLConfig)
    grpo: GRPOConfig = field(default_factory=GRPOConfig)
    gigpo: GiGPOConfig = field(default_factory=GiGPOConfig)
    eval: EvalConfig = field(default_factory=EvalConfig)
    run: RunConfig = field(default_factory=RunConfig)
