"""Seeds, counters, snapshots and forks: what must be reproducible, and to the letter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import archer
import archer.errors
from archer.env import TextEnv, ids
from env_cases import made_anew, make_vec
from stories import FOLDER, STORIES, needed, tasks

SUBSET = "twenty_questions_subset"
UTTERANCES = st.sampled_from(
    ["Is it a dog?", "Is it a pen?", "take key", "go on", "", "🐕", "\udc80", "x" * 5000]
) | st.text(max_size=40)


class Dice(TextEnv):
    """Says numbers of its random stream, of which it keeps the state between turns."""

    max_turns = 5

    def __init__(self, sides=6):
        self.sides = sides

    def reset(self, rng):
        self.rng = rng
        self.rolls = [int(rng.integers(self.sides))]
        return str(self.rolls[0])

    def step(self, utterance):
        self.rolls.append(int(self.rng.integers(self.sides)))
        return f"{utterance}: {self.rolls}", float(self.rolls[-1]), self.rolls[-1] == 0

    def hidden(self):
        return str(self.rolls)


IDS = [*tasks(lambda spec: spec.id), f"{__name__}:Dice"]


def episode(envs, index, utterances):
    """One episode of one environment, as text."""
    texts = envs.reset_at([index]) + envs.hidden([index])
    for utterance in utterances:
        step = envs.step_at([index], [utterance])
        texts += [utterance, *step.observations, float(step.rewards[0])]
        if step.terminated[0] or step.truncated[0]:
            break
    return texts


@pytest.mark.parametrize("env_id", IDS)
def test_episode_k_of_environment_i_is_the_same_in_any_company(env_id):
    utterances = ["Is it a dog?", "Is it alive?", "e4"]  # one that a game of chess answers too
    alone = make_vec(env_id, 1, seed=7)
    many = make_vec(env_id, 5, seed=7)
    first = [episode(alone, 0, utterances) for _ in range(6)]
    episode(many, 3, utterances)
    assert [episode(many, 0, utterances) for _ in range(6)] == first
    if env_id in STORIES:
        return  # a story need not be one of chance
    other = make_vec(env_id, 1, seed=8)
    assert [episode(other, 0, utterances) for _ in range(6)] != first
    assert [episode(many, 1, utterances) for _ in range(6)] != first


@pytest.mark.parametrize("env_id", IDS)
def test_seek_goes_to_any_episode(env_id):
    envs = make_vec(env_id, 3, seed=7)
    played = [episode(envs, 2, ["a"]) for _ in range(9)]
    assert envs.episodes.tolist() == [0, 0, 9]
    assert envs.episodes.dtype == np.int64
    later = make_vec(env_id, 3, seed=7)
    later.seek([4, 4, 5])
    assert [episode(later, 2, ["a"]) for _ in range(4)] == played[5:]
    later.episodes[:] = 0
    assert later.episodes.tolist() == [4, 4, 9], "episodes is a copy"


@pytest.mark.parametrize("env_id", IDS)
def test_seeding_starts_anew(env_id):
    envs = make_vec(env_id, 2, seed=7)
    openings = [envs.reset()[1]["hidden"].tolist() for _ in range(5)]
    envs.seed(7)
    assert envs.episodes.tolist() == [0, 0]
    assert [envs.reset()[1]["hidden"].tolist() for _ in range(5)] == openings
    assert envs.reset(seed=7)[1]["hidden"].tolist() == openings[0]
    assert envs.base_seed == 7
    env = archer.make(env_id, seed=7, **needed(env_id))
    assert env.reset()[1]["hidden"] == openings[0][0]
    assert env.reset(seed=7)[1]["hidden"] == openings[0][0]
    assert env.reset()[1]["hidden"] == openings[1][0]


def test_native_and_python_tasks_draw_from_the_same_streams():
    """`Dice` draws as the native task does, so it hides the index of the same object."""
    names = ["football", "dog", "banana", "truck", "pants"]
    names += ["computer", "piano", "chair", "pen", "scissors"]
    native = archer.make_vec(SUBSET, 20, seed=2**63)
    native.seek([3] * 20)
    native.reset()
    for i, hidden in enumerate(native.hidden(range(20))):
        bits = np.random.Philox(key=[2**63, 0], counter=[0, 3, i, 0]).random_raw()
        assert names[int(bits) * 10 >> 64] == hidden


@pytest.mark.parametrize("env_id", IDS)
@given(before=st.lists(UTTERANCES, max_size=4), after=st.lists(UTTERANCES, max_size=4))
def test_snapshot_restore_and_fork_are_exact(env_id, before, after):
    envs = made_anew(env_id, 3, seed=1)
    envs.reset_at([0])
    for utterance in before:
        if not envs.finished([0])[0]:
            envs.step_at([0], [utterance])
    (state,) = envs.snapshot([0])
    envs.fork(0, [2])

    def rest(index):
        texts = envs.hidden([index])
        for utterance in after:
            if not envs.finished([index])[0]:
                step = envs.step_at([index], [utterance])
                texts += [*step.observations, *step.rewards, *step.terminated, *step.truncated]
        return texts

    first = rest(0)
    assert rest(2) == first
    envs.restore([state], [1])
    assert rest(1) == first
    envs.restore([state, state], [1, 0])
    assert rest(0) == first
    assert rest(1) == first
    assert envs.episodes.tolist() == [1, 0, 0], "counters belong to the environments"


@pytest.mark.parametrize("env_id", IDS)
def test_snapshots_of_nothing_begun(env_id):
    envs = make_vec(env_id, 2)
    nothing = envs.snapshot([0])
    envs.reset()
    envs.restore(nothing, [1])
    with pytest.raises(archer.errors.EpisodeFinishedError):
        envs.step_at([1], ["a"])
    assert envs.step_at([0], ["a"])


@given(data=st.binary(max_size=60), at=st.integers(0, 40), byte=st.integers(0, 255))
def test_any_bytes_are_refused_or_are_a_snapshot(data, at, byte):
    envs = archer.make_vec(SUBSET, 1, seed=1)
    envs.reset()
    good = bytearray(envs.snapshot([0])[0])
    good[at % len(good)] = byte
    for candidate in (data, bytes(good), bytes(good[:at])):
        try:
            envs.restore([candidate], [0])
        except archer.errors.SnapshotError:
            continue
        assert envs.snapshot([0]) == [candidate]


@given(
    order=st.permutations(range(6)),
    utterances=st.lists(UTTERANCES, min_size=6, max_size=6),
)
def test_results_do_not_depend_on_the_order(order, utterances):
    straight, shuffled = (archer.make_vec(SUBSET, 6, seed=4) for _ in range(2))
    straight.reset_at(range(6))
    shuffled.reset_at(order)
    one = straight.step_at(range(6), utterances)
    other = shuffled.step_at(order, [utterances[i] for i in order])
    for position, i in enumerate(order):
        assert one.observations[i] == other.observations[position]
        assert one.rewards[i] == other.rewards[position]
        assert one.terminated[i] == other.terminated[position]
        assert one.infos["invalid"][i] == other.infos["invalid"][position]


def test_no_environments_at_once_is_fine():
    for env_id in (*ids(), f"{__name__}:Dice"):
        if env_id in STORIES and not FOLDER.is_dir():
            continue
        envs = make_vec(env_id, 2)
        assert envs.reset_at([]) == []
        step = envs.step_at(np.array([], dtype=np.int64), [])
        assert step.observations == []
        assert step.rewards.shape == step.terminated.shape == (0,)
        assert envs.snapshot([]) == []
        envs.restore([], [])
        envs.fork(0, [])
