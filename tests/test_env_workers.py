"""Worker processes that die, are left, or are interrupted: what is said, and that none stays."""

import gc
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

import archer
import worker_tasks as tasks
from archer.errors import EnvError, WorkerError


def processes(num_envs=4, num_workers=2):
    envs = archer.vectorize(tasks.Obedient, num_envs, backend="process", num_workers=num_workers)
    envs.reset()
    return envs


def pids(envs):
    """Those of the workers."""
    return sorted({int(pid) for pid in envs.step(["tell"] * envs.num_envs)[0]})


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # A process whose parent was killed stays as a zombie until somebody asks for its exit code.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def assert_gone(workers):
    deadline = time.monotonic() + 20
    while not all(map(is_gone, workers)):
        assert time.monotonic() < deadline, f"of {workers} some are left"
        time.sleep(0.05)


def test_a_killed_worker_is_named_and_none_stays():
    envs = processes()
    workers = pids(envs)
    assert len(workers) == 2
    victim = int(envs.step_at([3], ["tell"]).observations[0])
    os.kill(victim, signal.SIGKILL)
    with pytest.raises(
        WorkerError,
        match=rf"worker 1, of environments 2 to 3 of worker_tasks:Obedient \(process {victim}\) "
        r"was killed by SIGKILL in step; all 2 workers are stopped, and the environments must be",
    ):
        envs.step(["wait"] * 4)
    assert_gone(workers)
    with pytest.raises(WorkerError, match="a worker died; make new ones"):
        envs.reset()
    envs.close()
    with pytest.raises(EnvError, match="are closed"):
        envs.reset()


def test_a_worker_that_ends_itself_is_named_with_its_exit_code():
    envs = processes(1, 1)
    with pytest.raises(
        WorkerError, match=r"of environments 0 of .* ended with exit code 3 in step"
    ):
        envs.step(["crash"])
    with pytest.raises(WorkerError, match=r"exit code 3 in making it; .*if __name__ =="):
        archer.vectorize(tasks.Obedient, 1, backend="process", at_birth="crash")


def test_environments_that_are_closed_leave_no_process():
    env = archer.make(f"{tasks.__name__}:Obedient", backend="process")
    env.reset()
    worker = int(env.step("tell")[0])
    env.close()
    assert is_gone(worker)
    env.close()


def test_environments_that_are_forgotten_leave_no_process():
    envs = processes(2)
    workers = pids(envs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # later versions of Python warn of forks beside threads
        child = os.fork()
    if child == 0:
        try:
            envs.reset()
        except WorkerError as error:
            envs.close()
            os._exit(7 if "belong to process" in str(error) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert pids(envs) == workers, "a fork has ended the workers of its parent"
    del envs
    gc.collect()
    assert all(map(is_gone, workers))


SCRIPT = """
import os, signal, sys, time
import archer, worker_tasks

if __name__ == "__main__":
    # Who was started in the background may have been told to ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    envs = archer.vectorize(worker_tasks.Obedient, 2, backend="process", num_workers=2)
    envs.reset()
    print(*envs.step(["tell"] * 2)[0], flush=True)
    if sys.argv[1] == "sleep":
        try:
            envs.step(["tell", "sleep"])
        except KeyboardInterrupt:
            try:
                envs.reset()
            except archer.errors.WorkerError as error:
                print(error, flush=True)
            sys.exit(9)
"""


@pytest.mark.parametrize("end", ["exit", "interrupt", "kill"])
def test_workers_end_with_their_parent(tmp_path, end):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    sleeps = "sleep" if end in {"interrupt", "kill"} else end
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    parent = subprocess.Popen(
        [sys.executable, str(script), sleeps],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(workers) == 2
    if end != "exit":  # one worker is asleep, and the other waits for its next call
        assert parent.stdout.readline() == "asleep\n"
    if end == "interrupt":
        os.killpg(parent.pid, signal.SIGINT)  # as Ctrl-C does: workers are told as well
    elif end == "kill":
        os.kill(parent.pid, signal.SIGKILL)
    try:
        said, errors = parent.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(parent.pid, signal.SIGKILL)
        parent.communicate()
        raise
    assert parent.returncode == {"interrupt": 9, "kill": -signal.SIGKILL}.get(end, 0), errors
    assert not errors
    if end == "interrupt":
        assert "a call was cut off; make new ones" in said
    assert_gone(workers)
