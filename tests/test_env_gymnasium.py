"""The environments behind Gymnasium's own interfaces, against Gymnasium's own checks."""

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import archer
from archer.env import AnyText, TextEnv, TextSingleEnv, TextVectorEnv, ids, specs
from archer.errors import EpisodeFinishedError, OptionError
from stories import needed, tasks

IDS = list(ids())
TASKS = pytest.mark.parametrize("spec", tasks())


class Countdown(TextEnv):
    """Ends after as many turns as the first utterance has letters; draws nothing."""

    max_turns = 4

    def reset(self, rng):
        self.left = None
        return "How long?"

    def step(self, utterance):
        self.left = len(utterance) if self.left is None else self.left
        self.left -= 1
        self.win = self.left == 0
        return f"{self.left} left after {utterance}", float(self.left), self.left == 0


def play(envs, waves):
    results = [envs.reset()]
    results += [envs.step(actions) for actions in waves]
    return results


@TASKS
def test_check_env_is_clean(spec):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(archer.make(spec.id, **needed(spec.id)))
        check_env(archer.make(spec.id, render_mode="ansi", **needed(spec.id)))


def test_check_env_is_clean_for_a_task_of_ones_own():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(archer.make(f"{__name__}:Countdown"))


NAMING = {"object", "door", "word", "city"}
"""Options of a reset whose value is what the task hides."""


@TASKS
def test_gymnasium_makes_both_forms(spec):
    options = {"max_turns": 9} | needed(spec.id)
    single = gymnasium.make(spec.gymnasium_id, **options)
    assert isinstance(single.unwrapped, TextSingleEnv)
    single.reset(seed=1)
    over, turns = False, 0
    while not over:
        _, _, terminated, truncated, _ = single.step("hm")
        over, turns = terminated or truncated, turns + 1
    assert turns == 9 or terminated  # a car's buyer has less patience
    several = gymnasium.make_vec(spec.gymnasium_id, num_envs=3, seed=5, **options)
    assert isinstance(several, TextVectorEnv)
    assert several.num_envs == 3
    assert several.base_seed == 5
    several.reset()
    steps = [several.step(["hm"] * 3) for _ in range(9)]
    assert any((terminated | truncated).all() for _, _, terminated, truncated, _ in steps)


@TASKS
def test_specs_tell_the_truth(spec):
    envs = archer.make_vec(spec.id, 500, **spec.options | needed(spec.id))
    default = archer.make_vec(spec.id, 500, **needed(spec.id))
    assert envs.reset()[0] == default.reset()[0]
    over = np.zeros(500, np.bool_)
    for _ in range(spec.options["max_turns"]):
        step, expected = (e.step(["hm"] * 500) for e in (envs, default))
        for one, other in zip(step[:4], expected[:4], strict=True):
            assert np.array_equal(one, other)
        over |= step[2] | step[3]
    assert over.all()
    for name in spec.scripted:
        archer.scripted(spec.id, name)


@TASKS
def test_what_is_hidden_can_be_asked_for_at_a_reset(spec):
    option = next(iter(spec.reset_options), "nothing")
    if option not in NAMING:
        pytest.skip(f"{option} does not name what is hidden")
    envs = archer.make_vec(spec.id, 5000)
    hidden = envs.reset()[1]["hidden"]
    assert envs.reset(options={option: hidden[0]})[1]["hidden"].tolist() == [hidden[0]] * 5000
    if option in {"object", "door"}:
        assert f" {len(set(hidden))} " in spec.description


def test_gymnasium_can_vectorize_the_single_form_too():
    envs = gymnasium.make_vec(specs()[1].gymnasium_id, num_envs=2, vectorization_mode="sync")
    envs.reset(seed=3, options={"object": "dog"})
    assert envs.step(("Is it a cat?", "Is it a dog?"))[2].tolist() == [False, True]
    envs.close()


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("num_envs", [1, 3])
def test_autoreset_is_that_of_sync_vector_env(mode, num_envs):
    """Observations, rewards, ends and infos of every step, masks and final infos included."""
    ours = archer.vectorize(Countdown, num_envs, autoreset_mode=mode)
    theirs = SyncVectorEnv(
        [lambda: archer.make(f"{__name__}:Countdown")] * num_envs, autoreset_mode=mode
    )
    texts = ["aa", "b", "cccc", "dddddd", "e", "ff", "g", "hhh", "i", "jj", "kkkkkkk", "ll", "m"]
    first, second = ours.reset(), theirs.reset()
    assert data_equivalence(list(first), list(second))
    for turn in range(len(texts) - num_envs):
        actions = texts[turn : turn + num_envs]
        first, second = ours.step(actions), theirs.step(tuple(actions))
        assert list(first[0]) == list(second[0])
        for ours_array, theirs_array in zip(first[1:4], second[1:4], strict=True):
            np.testing.assert_array_equal(ours_array, theirs_array)
        assert_same_infos(first[4], second[4])
        ended = first[2] | first[3]
        if mode is AutoresetMode.DISABLED and ended.any():
            mask = {"reset_mask": ended}
            first, second = ours.reset(options=dict(mask)), theirs.reset(options=dict(mask))
            assert list(first[0]) == list(second[0])
            assert_same_infos(first[1], second[1])


def assert_same_infos(ours, theirs):
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        if isinstance(value, dict):
            assert_same_infos(value, theirs[key])
        else:
            assert value.dtype == theirs[key].dtype, key
            np.testing.assert_array_equal(value, theirs[key], err_msg=key)


def test_modes_go_by_their_gymnasium_values_too():
    envs = archer.make_vec(IDS[1], 2, autoreset_mode="SameStep")
    assert envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    with pytest.raises(OptionError, match="'NextStep', 'SameStep', 'Disabled'"):
        archer.make_vec(IDS[1], 2, autoreset_mode="never")


def test_disabled_mode_never_resets():
    envs = archer.make_vec(IDS[1], 2, autoreset_mode="Disabled", max_turns=1)
    envs.reset()
    envs.step(["a", "b"])
    with pytest.raises(EpisodeFinishedError, match="environment 0 is over"):
        envs.step(["a", "b"])
    envs.reset(options={"reset_mask": np.array([False, True])})
    assert envs.episodes.tolist() == [1, 2]
    assert envs.finished([0, 1]).tolist() == [True, False]


@pytest.mark.parametrize(
    "mask", [[True, False], np.array([1, 0]), np.array([True]), np.array([False, False]), "both"]
)
def test_bad_reset_masks(mask):
    envs = archer.make_vec(IDS[1], 2)
    with pytest.raises(OptionError, match="bool array of shape"):
        envs.reset(options={"reset_mask": mask})
    assert envs.episodes.tolist() == [0, 0]


def test_a_seed_with_a_mask_is_refused():
    envs = archer.make_vec(IDS[1], 2)
    with pytest.raises(OptionError, match="give no reset_mask"):
        envs.reset(seed=1, options={"reset_mask": np.array([True, False])})


def test_reset_options_reach_every_environment_and_are_not_consumed():
    envs = archer.make_vec(IDS[1], 2)
    options = {"object": "dog", "reset_mask": np.array([True, True])}
    _, infos = envs.reset(options=options)
    assert infos["hidden"].tolist() == ["dog", "dog"]
    assert set(options) == {"object", "reset_mask"}


def test_a_reset_counts_as_one_episode_and_an_autoreset_too():
    envs = archer.make_vec(IDS[1], 2, seed=3, max_turns=1)
    envs.reset()
    envs.step(["a", "b"])
    observations, rewards, terminated, truncated, infos = envs.step(["ignored"] * 2)
    assert observations == ("Questions:\n",) * 2
    assert (rewards == 0).all()
    assert not (terminated | truncated).any()
    assert infos["_hidden"].all()
    assert envs.episodes.tolist() == [2, 2]


def test_autoreset_follows_a_restored_episode():
    envs = archer.make_vec(IDS[1], 2, max_turns=1)
    envs.reset()
    running = envs.snapshot([0, 1])
    envs.step(["a", "b"])
    over = envs.snapshot([0])
    envs.restore(running, [0, 1])
    assert envs.step(["a", "b"])[3].all()
    envs.restore(running, [0, 1])
    envs.restore(over, [1])
    observations = envs.step(["hm", "b"])[0]
    assert observations == ("Invalid Question.", "Questions:\n")


def test_render_is_the_dialogue_so_far():
    env = archer.make(IDS[1], render_mode="ansi")
    env.reset(options={"object": "dog"})
    env.step("Is it a cat?")
    env.step("Is it a dog?")
    assert env.render() == "Questions:\nIs it a cat? No.\nIs it a dog? Yes.\n"
    with pytest.raises(OptionError, match="'ansi' or None"):
        archer.make(IDS[1], render_mode="human")


def test_spaces_hold_any_text():
    envs = archer.make_vec(IDS[1], 2)
    assert ("", "🐕 \x00\n" * 1000) in envs.action_space
    assert ("a", 1) not in envs.action_space
    assert envs.reset()[0] in envs.observation_space
    assert AnyText() == envs.single_action_space
    envs.action_space.seed(1)
    first = envs.action_space.sample()
    assert first in envs.action_space
    assert first[0] != first[1]
    envs.action_space.seed(1)
    assert envs.action_space.sample() == first
    assert AnyText().sample() in AnyText()
    assert repr(AnyText()) == "AnyText()"
