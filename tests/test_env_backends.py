"""One API and the same texts, whether a task is stepped here, in threads or in processes."""

import pickle
from functools import partial

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import archer
import worker_tasks as tasks
from archer.config import config_from_dict
from archer.env import GroupedStarts
from archer.env.python.instances import Sealed
from archer.errors import EnvError, EpisodeFinishedError, OptionError, SnapshotError
from env_cases import code_of_docs

NUM_ENVS = 5


@pytest.fixture(scope="module")
def dice_in_processes():
    envs = archer.vectorize(tasks.Dice, NUM_ENVS, backend="process", num_workers=2, sides=9)
    yield envs
    envs.close()


@pytest.fixture(scope="module")
def obedient_in_processes():
    envs = archer.vectorize(tasks.Obedient, 4, backend="process", num_workers=2)
    yield envs
    envs.close()


@pytest.fixture(params=["sync", "thread", "process"])
def dice(request):
    if request.param == "process":
        envs = request.getfixturevalue("dice_in_processes")
    else:
        envs = archer.vectorize(tasks.Dice, NUM_ENVS, backend=request.param, sides=9)
    envs.seed(0)
    return envs


@pytest.fixture(params=["sync", "thread", "process"])
def obedient(request):
    if request.param == "process":
        envs = request.getfixturevalue("obedient_in_processes")
    else:
        envs = archer.vectorize(tasks.Obedient, 4, backend=request.param)
    envs.reset()
    return envs


def plain(step):
    return [
        step.observations,
        *(array.tolist() for array in (step.rewards, step.terminated, step.truncated)),
        {key: value.tolist() for key, value in step.infos.items()},
    ]


def transcript(envs):
    """Some of everything that environments can do, and what they said to it."""
    envs.seed(7)
    said = [envs.id, envs.max_turns, envs.description, envs.reset_at([3, 0, 4, 1, 2])]
    for turn in range(2):
        running = [i for i in (4, 1, 0, 3) if not envs.finished([i])[0]]
        said += plain(envs.step_at(running, [f"turn {turn} of {i}" * (i % 3) for i in running]))
    states = envs.snapshot([4, 2])
    said += [envs.hidden([1, 4]), envs.finished(range(5)).tolist(), envs.episodes.tolist()]
    envs.fork(2, [0, 3])
    said += plain(envs.step_at([3, 2, 0], ["the same"] * 3))
    envs.restore([states[1], states[0]], [4, 0])
    said += [envs.hidden(range(5)), envs.finished(range(5)).tolist()]
    envs.seek([9, 0, 8, 7, 100])
    said += [envs.reset_at([4, 0]), envs.hidden([0, 4]), envs.episodes.tolist()]
    envs.reset()
    return said + [[list(map(str, part)) for part in envs.step(list("abcde"))] for _ in range(9)]


def test_the_same_texts_in_every_backend(dice):
    assert transcript(dice) == transcript(archer.vectorize(tasks.Dice, NUM_ENVS, sides=9))


def test_groups_begin_alike_in_every_backend(dice):
    dice.seed(5)
    grouped = GroupedStarts(dice, 5)
    for _ in range(3):
        assert len(set(grouped.reset_at(range(5)))) == 1
        assert len(set(grouped.step_at(range(5), ["a"] * 5).observations)) == 1


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_autoreset_is_the_same_in_every_backend(dice, mode):
    dice.autoreset_mode = mode
    here = archer.vectorize(tasks.Dice, NUM_ENVS, autoreset_mode=mode, sides=9)
    one, other = dice.reset(), here.reset()
    for turn in range(9):
        assert repr(one) == repr(other)
        one, other = (envs.step([f"turn {turn}"] * NUM_ENVS) for envs in (dice, here))
        ended = one[2] | one[3]
        if mode is AutoresetMode.DISABLED and ended.any():
            assert repr(one) == repr(other)
            one, other = (envs.reset(options={"reset_mask": ended}) for envs in (dice, here))
    dice.autoreset_mode = AutoresetMode.NEXT_STEP


def test_number_of_environments_and_of_workers_change_nothing(dice_in_processes):
    dice_in_processes.seed(3)
    few = archer.vectorize(tasks.Dice, 2, 3, sides=9)
    for _ in range(3):
        assert dice_in_processes.reset_at([1]) == few.reset_at([1])
        ours, theirs = (envs.step_at([1], ["a"]) for envs in (dice_in_processes, few))
        assert ours.observations == theirs.observations
    alone = archer.vectorize(
        partial(tasks.dice_of, 9), 5, 3, backend="process", num_workers=1
    )  # a factory that is no class, too
    dice_in_processes.seed(3)
    assert alone.id == dice_in_processes.id
    assert alone.reset()[0] == dice_in_processes.reset()[0]
    states = dice_in_processes.snapshot([1, 3])
    alone.restore(states, [0, 4])
    assert alone.hidden([4, 0]) == dice_in_processes.hidden([3, 1])
    alone.close()


def test_only_what_workers_of_this_run_pickled_is_unpickled(dice_in_processes):
    dice_in_processes.reset()
    (state,) = dice_in_processes.snapshot([0])
    before = dice_in_processes.hidden([0])
    assert isinstance(state.state, Sealed)
    assert isinstance(pickle.loads(state.state.payload), tasks.Dice)
    forged = Sealed(pickle.dumps(tasks.Dice()), state.state.digest)
    here = archer.vectorize(tasks.Dice, 1, sides=9)
    here.reset()
    (copied,) = here.snapshot([0])
    for bad in (state._replace(state=forged), copied):
        with pytest.raises(SnapshotError, match=r"of another backend or another run"):
            dice_in_processes.restore([bad], [0])
    with pytest.raises(SnapshotError, match="of another backend"):
        here.restore([state], [0])
    with pytest.raises(SnapshotError, match="is no snapshot of Dice"):
        here.restore([copied._replace(task="other:Task")], [0])
    assert dice_in_processes.hidden([0]) == before


@pytest.mark.parametrize("backend", ["sync", "thread", "process"])
def test_a_task_may_say_what_a_snapshot_is(backend):
    envs = archer.vectorize(tasks.Hooked, 3, backend=backend)
    envs.reset()
    envs.step(["a", "b", "c"])
    (state,) = envs.snapshot([0])
    envs.step(["d", "e", "f"])
    envs.restore([state, state], [1, 2])
    assert envs.step(["g", "h", "i"])[0] == ("a d g", "a h", "a i")
    envs.restore([state], [0])
    envs.fork(0, [2])
    assert envs.step(["j", "k", "l"])[0] == ("a j", "a h k", "a l")
    envs.close()


def test_what_cannot_be_copied_needs_the_hooks(obedient):
    obedient.step_at([2], ["lock"])
    with pytest.raises(SnapshotError, match=r"state of Obedient cannot be copied.*get_state"):
        obedient.snapshot([0, 2])
    with pytest.raises(SnapshotError):
        obedient.fork(2, [0])
    assert obedient.step_at([0, 2], ["unlock"] * 2).observations == ["done", "done"]
    obedient.seed(0)
    obedient.restore(obedient.snapshot([2]), [1])  # nothing has begun, so nothing is copied


def test_exceptions_of_a_task_pass_through(obedient):
    with pytest.raises(ZeroDivisionError, match=r"^in the task"):
        obedient.step_at([1, 3], ["wait", "divide"])
    for i in (1, 3):
        with pytest.raises(EpisodeFinishedError, match=f"environment {i} has not begun"):
            obedient.step_at([0, i], ["wait", "wait"])
    assert obedient.step_at([0, 2], ["wait", "wait"]).observations == ["done", "done"]
    with pytest.raises(SystemExit):
        obedient.step_at([2], ["leave"])
    obedient.reset()
    assert obedient.step(["wait"] * 4)[0] == ("done",) * 4


def test_exceptions_of_workers_say_where_they_were_raised(obedient_in_processes):
    obedient_in_processes.reset()
    with pytest.raises(ZeroDivisionError) as caught:
        obedient_in_processes.step_at([1, 3], ["wait", "divide"])
    (note,) = caught.value.__notes__
    assert note.startswith("It was raised in worker 1, of environments 2 to 3:")
    assert 'raise ZeroDivisionError("in the task")' in note
    with pytest.raises(EnvError, match=r"^DemandingError: this for that\n") as caught:
        obedient_in_processes.step_at([0], ["demand"])
    assert "raise DemandingError" in caught.value.__notes__[0]


def test_threads_work_side_by_side_and_none_is_left_behind():
    envs = archer.vectorize(tasks.Meeting, 2, backend="thread", num_workers=2)
    envs.reset()
    assert envs.step(["a", "b"])[0] == ("met", "met")
    slow = archer.vectorize(tasks.Obedient, 2, backend="thread")
    slow.reset()
    with pytest.raises(ZeroDivisionError):
        slow.step(["divide", "nap"])
    assert slow._backend._tasks[1].napped, "an instance was at work when the call ended"
    for closed in (envs, slow):
        closed.close()
        with pytest.raises(EnvError, match="closed: make new ones"):
            closed.reset()


@pytest.mark.parametrize(
    ("factory", "kwargs", "message"),
    [
        (dict, {}, r"dict makes {}, which is no task: give a subclass of archer.TextEnv"),
        (tasks.the_same, {}, r"the_same must make a new Dice for each environment"),
        (tasks.mixed, {}, r"mixed must make a new Dice for each environment"),
        (tasks.HalfHooked, {}, "HalfHooked has get_state alone"),
        (tasks.Dice, {"size": 3}, r"Dice cannot be made with {'size': 3}"),
        (tasks.Dice, {"size": 3, "backend": "process"}, r"Dice cannot be made with {'size': 3}"),
        (lambda: None, {"backend": "process"}, r"cannot be sent to worker processes.*top of a mod"),
    ],
)
def test_factories_that_cannot_be_used(factory, kwargs, message):
    with pytest.raises(EnvError, match=message):
        archer.vectorize(factory, 2, **kwargs)


def test_backends_and_workers_that_there_are_not():
    dice = f"{tasks.__name__}:Dice"
    for options, message in [
        ({"backend": "fork"}, "backend is 'fork': give 'sync', 'thread' or 'process'"),
        ({"num_workers": 2}, "the backend 'sync' has no workers"),
        ({"backend": "thread", "num_workers": 0}, "num_workers is 0: give a whole number from 1"),
        ({"backend": "process", "num_workers": 1.5}, "num_workers is 1.5"),
        ({"num_threads": 2}, "give backend 'thread' or 'process'"),
    ]:
        with pytest.raises(OptionError, match=message):
            archer.make_vec(dice, 2, **options)
    for options in ({"backend": "sync"}, {"num_workers": 2}):
        with pytest.raises(OptionError, match="corridor is not: give num_threads"):
            archer.make_vec("corridor", 2, **options)


@pytest.mark.parametrize("threads", [-1, 1025, 1.5, "two", 2**70])
def test_numbers_of_threads_that_cannot_be_used(threads):
    with pytest.raises(OptionError, match=r"num_threads is .*: give a whole number from 0 to 1024"):
        archer.make_vec("corridor", 2, num_threads=threads)


@pytest.mark.parametrize("threads", [0, 1, 2, 5])
def test_threads_change_nothing(threads):
    one, other = (
        archer.make_vec("twenty_questions", 300, 5, num_threads=n) for n in (threads, None)
    )
    for _ in range(2):
        assert repr(one.reset()) == repr(other.reset())
        for question in ("Is it alive?", "Is it bigger than a microwave?"):
            assert repr(one.step([question] * 300)) == repr(other.step([question] * 300))
    assert archer.make("corridor", num_threads=1).reset()[0]


def test_a_configuration_may_choose_them():
    config = config_from_dict(
        {"env": {"id": "corridor", "options": {"num_threads": 2, "length": 3}}}
    )
    envs = archer.make_vec(config.env.id, 2, **config.env.options)
    assert "door of room 3" in envs.reset()[0][0]
    options = {"backend": "thread", "num_workers": 2, "sides": 1}
    config = config_from_dict({"env": {"id": f"{tasks.__name__}:Dice", "options": options}})
    envs = archer.make_vec(config.env.id, 2, **config.env.options)
    assert np.array_equal(envs.reset()[0], ["0", "0"])


# --- docs/environments.md -----------------------------------------------------------------------


def test_the_code_of_the_docs():
    many = {}
    exec(code_of_docs("Many at a time"), many)
    assert many["states"][0] != many["states"][1]
    own = {"__name__": "docs"}
    exec(code_of_docs("A task of your own"), own)
    env = own["env"]
    numbers = [int(text) for text in env.reset()[0]]
    assert env.step([str(number - 1) for number in numbers])[0] == ("yes",) * 8
    locked = archer.vectorize(own["Locked"], 2)
    locked.reset()
    locked.fork(0, [1])
    assert len(set(locked.step([str(locked._backend._tasks[0].number - 1)] * 2)[0])) == 1
