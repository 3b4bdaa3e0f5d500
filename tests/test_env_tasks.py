"""What holds for every built-in task, however it is played."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archer
from archer.env import scripted
from env_cases import made_anew, make_vec
from golden import FOLDER, recorded
from stories import needed, tasks

TASKS = pytest.mark.parametrize("spec", tasks())
LONG = 1 << 16
"""No observation is longer, whatever was said."""
HOSTILE = [
    "",
    " ",
    "\n\n",
    "🐕" * 1000,
    "\udc80\udfff",
    "\x00\x07\x1b[2J",
    "a" * 100_000,
    "9" * 5000,
]


def speaker(spec, name="random", seed=0):
    """A scripted policy of one environment, as a function of what it hears."""
    policy = scripted(spec.id, name, seed)
    policy.begin([0])
    return lambda heard: policy.act([0], [heard])[0]


@TASKS
def test_episodes_are_those_of_the_golden_file(spec):
    assert recorded(spec) == (FOLDER / f"{spec.id}.txt").read_text(encoding="utf-8")


@TASKS
@settings(max_examples=25)
@given(said=st.lists(st.text() | st.sampled_from(HOSTILE) | st.just(None), max_size=12))
def test_any_text_is_a_turn(spec, said):
    """None stands for what the scripted policy says, to get beyond the opening."""
    envs = made_anew(spec.id, 1, seed=3)
    (heard,) = envs.reset_at([0])
    speak = speaker(spec)
    for utterance in said:
        suggested = speak(heard)
        step = envs.step_at([0], [suggested if utterance is None else utterance])
        (heard,) = step.observations
        assert len(heard) < LONG
        assert math.isfinite(step.rewards[0])
        assert not (step.terminated[0] and step.truncated[0])
        assert not (step.infos["win"][0] and step.infos["invalid"][0])
        if step.terminated[0] or step.truncated[0]:
            break


@TASKS
def test_the_scripted_policies_are_understood(spec):
    for name in spec.scripted:
        envs = make_vec(spec.id, 1, seed=4)
        (heard,) = envs.reset_at([0])
        speak = speaker(spec, name)
        invalid, over, turns = 0, False, 0
        while not over:
            step = envs.step_at([0], [speak(heard)])
            (heard,) = step.observations
            invalid += int(step.infos["invalid"][0])
            over, turns = bool(step.terminated[0] or step.truncated[0]), turns + 1
        assert turns <= spec.options["max_turns"]
        # Of any story nobody knows which ways there are.
        assert invalid == 0 or spec.id == "zmachine", name


@TASKS
def test_nonsense_comes_to_an_end_too(spec):
    envs = make_vec(spec.id, 1, seed=4)
    envs.reset_at([0])
    turns = 0
    while not envs.finished([0])[0]:
        step = envs.step_at([0], ["hm?"])
        assert step.infos["invalid"][0]
        turns += 1
    assert turns <= spec.options["max_turns"]
    with pytest.raises(archer.errors.EpisodeFinishedError):
        envs.step_at([0], ["hm?"])


@TASKS
def test_forks_in_mid_game_go_on_alike_and_apart_from_their_source(spec):
    envs = make_vec(spec.id, 4, seed=6)
    (heard,) = envs.reset_at([0])
    speak = speaker(spec, seed=1)
    for _ in range(2):
        step = envs.step_at([0], [speak(heard)])
        (heard,) = step.observations
        if step.terminated[0] or step.truncated[0]:
            return
    saved = envs.snapshot([0])
    envs.fork(0, [1, 2])
    envs.restore(saved, [3])
    utterance = speak(heard)
    step = envs.step_at([0, 1, 3], [utterance] * 3)
    assert len(set(step.observations)) == 1
    assert len(set(step.rewards.tolist())) == 1
    assert envs.snapshot([2]) == saved
    assert envs.step_at([2], [utterance]).observations == [step.observations[0]]
    assert len({bytes(state) for state in envs.snapshot(range(4))}) == 1


@TASKS
@settings(max_examples=40)
@given(data=st.data())
def test_bytes_that_are_no_snapshot_are_refused(spec, data):
    envs = made_anew(spec.id, 1, seed=7)
    (heard,) = envs.reset_at([0])
    envs.step_at([0], [speaker(spec)(heard)])
    good = bytearray(envs.snapshot([0])[0])
    at = data.draw(st.integers(0, len(good) - 1))
    good[at] = data.draw(st.integers(0, 255))
    for candidate in (bytes(good), bytes(good[:at]), bytes(good) + b"\0"):
        try:
            envs.restore([candidate], [0])
        except archer.errors.SnapshotError:
            continue
        assert envs.snapshot([0]) == [candidate]
        if not envs.finished([0])[0]:
            envs.step_at([0], ["hm?"])


@TASKS
def test_a_thousand_environments_and_another_process_give_the_same_texts(spec):
    """Enough environments to be stepped on several threads, one episode each, random talk."""
    code = (
        "import sys, zlib, numpy as np\n"
        "from archer.env import make_vec, scripted\n"
        f"envs = make_vec({spec.id!r}, 1000, seed=9, **{needed(spec.id)!r})\n"
        f"policy = scripted({spec.id!r}, 'random', 2)\n"
        "everyone = np.arange(1000)\n"
        "heard = envs.reset_at(everyone); policy.begin(everyone)\n"
        "digest = zlib.crc32(repr(heard).encode())\n"
        "for _ in range(2):\n"
        "    running = everyone[~envs.finished(everyone)]\n"
        "    said = policy.act(running, [heard[i] for i in running])\n"
        "    step = envs.step_at(running, said)\n"
        "    for i, text in zip(running, step.observations): heard[i] = text\n"
        "    digest = zlib.crc32(repr((heard, step.rewards.tolist())).encode(), digest)\n"
        "print(digest)\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            text=True,
            env={"RAYON_NUM_THREADS": threads, "ARCHER_STORIES": os.environ["ARCHER_STORIES"]},
        ).stdout
        for threads in ("1", "2")
    }
    assert len(digests) == 1


@TASKS
def test_the_options_of_a_spec_are_its_defaults(spec):
    options = spec.options | needed(spec.id)
    plain, spelled = make_vec(spec.id, 2, seed=8), make_vec(spec.id, 2, seed=8, **options)
    assert plain.reset_at([0, 1]) == spelled.reset_at([0, 1])
    assert plain.snapshot([0, 1]) == spelled.snapshot([0, 1])
    assert np.array_equal(plain.hidden([0, 1]), spelled.hidden([0, 1]))
