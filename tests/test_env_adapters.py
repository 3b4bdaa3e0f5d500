"""Other projects' environments as tasks: their words, rewards, seeds and snapshots."""

import random
import re
import threading
import time
from dataclasses import dataclass

import pytest

import archer
from archer.env.adapters.openenv import OpenEnvTask
from archer.errors import EnvError, OptionError, SnapshotError
from env_cases import code_of_docs

# Others' packages warn of what they use, which is theirs to change.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def textarena_game():
    pytest.importorskip("textarena", reason="the extra textarena is not installed")
    from archer.env.adapters.textarena import TextArenaGame

    return TextArenaGame


def first_free(seen, rng):
    """Takes the first free cell of Tic Tac Toe."""
    return re.findall(r"\[\d\]", seen.rpartition("Available Moves")[2])[0]


def any_free(seen, rng):
    return str(rng.choice(re.findall(r"\[\d\]", seen.rpartition("Available Moves")[2])))


def bisect(env, index):
    """Guesses the number; what was said, and the return."""
    least, most, said = 1, 20, []
    env.reset_at([index])
    while True:
        guess = (least + most) // 2
        step = env.step_at([index], [str(guess)])
        said += step.observations
        if step.terminated[0]:
            return said, float(step.rewards[0]), bool(step.infos["win"][0])
        least, most = (guess + 1, most) if "higher" in said[-1] else (least, guess - 1)


def test_a_game_for_one(textarena_game):
    env = archer.vectorize(textarena_game, 2, seed=1, game="GuessTheNumber-v0")
    assert env.reset_at([0])[0].startswith("You are Player 0. You are playing Guess The Number.")
    step = env.step_at([0], ["hm"])
    assert step.infos["invalid"].tolist() == [True]
    assert step.observations[0].startswith("You attempted an invalid move.")
    assert "Player 0" not in env.step_at([0], ["[1]"]).observations[0], "only what is new is said"
    episodes = [bisect(env, 1) for _ in range(4)]
    for said, total, won in episodes:
        assert (total, won) == (1.0, True)
        assert said[-1] == "Congratulations! You guessed the correct number."
        assert set(said[:-1]) <= {f"The target number is {hint}." for hint in ("higher", "lower")}
    assert len({len(said) for said, _, _ in episodes}) > 1, "the numbers differ"
    other = archer.vectorize(textarena_game, 3, 1, backend="thread", game="GuessTheNumber-v0")
    random.seed(5)
    draw = random.random()
    random.seed(5)
    assert [bisect(other, 1) for _ in range(4)] == episodes
    assert random.random() == draw, "the module's own stream was touched"


def test_a_game_against_a_script(textarena_game):
    def env(player, opponent=first_free, **options):
        return archer.vectorize(
            textarena_game, 2, game="TicTacToe-v0", opponent=opponent, player=player, **options
        )

    game = env(0)
    game.reset()
    middle = game.step_at([0], ["[4]"])
    assert "[Player 1] [0]" in middle.observations[0]
    assert "[Player 0]" not in middle.observations[0]
    game.fork(0, [1])
    for index in (0, 1):
        assert game.step_at([index], ["3"]).rewards[0] == 0
        won = game.step_at([index], ["5"])
        assert (won.rewards[0], won.terminated[0], won.infos["win"][0]) == (1, True, True)
        assert won.observations[0].endswith("Player 0 has won!")
    lost = env(1)
    assert "[Player 0] [0]" in lost.reset_at([0])[0]
    lost.step_at([0], ["[8]"])
    end = lost.step_at([0], ["[7]"])
    assert (end.rewards[0], end.terminated[0], end.infos["win"][0]) == (-1, True, False)
    assert end.observations[0].endswith("Player 0 has won!")
    drawn = [env(0, any_free) for _ in range(2)]
    assert drawn[0].reset()[0] == drawn[1].reset()[0]
    assert drawn[0].step(["4", "4"])[0] == drawn[1].step(["4", "4"])[0]
    short = env(0, max_turns=1)
    short.reset()
    assert short.step(["4", "4"])[3].all()


def test_games_that_cannot_be_made(textarena_game):
    with pytest.raises(OptionError, match="TextArena cannot make 'Nope-v0'"):
        archer.vectorize(textarena_game, game="Nope-v0")
    with pytest.raises(OptionError, match=r"TextArena cannot make .*colour"):
        archer.vectorize(textarena_game, game="GuessTheNumber-v0", colour="red")
    with pytest.raises(OptionError, match="player is 1, and there are 1"):
        archer.vectorize(textarena_game, game="GuessTheNumber-v0", player=1)


def test_the_code_of_the_docs(textarena_game):
    names = {}
    exec(code_of_docs("TextArena"), names)
    assert all("[Player 0]" in opening for opening in names["openings"])


def test_games_in_processes_and_by_configuration(textarena_game):
    env_id = "archer.env.adapters.textarena:TextArenaGame"
    game = {"game": "GuessTheNumber-v0"}
    processes = archer.make_vec(env_id, 2, 1, backend="process", num_workers=1, **game)
    here = archer.make_vec(env_id, 2, 1, **game)
    assert bisect(processes, 1) == bisect(here, 1)
    processes.reset()
    processes.step(["5", "5"])
    processes.restore(processes.snapshot([0]), [1])
    one, other = processes.step(["6", "6"])[0]
    assert one == other
    processes.close()


@dataclass
class Said:
    words: str
    reward: float | None = None
    done: bool = False


class Parrot:
    """Of OpenEnv's form, without OpenEnv: repeats words, backwards if the seed is odd."""

    def __init__(self):
        self.closed = False

    def reset(self, seed):
        self.backwards = seed % 2
        return Said("backwards" if self.backwards else "forwards")

    def step(self, action):
        words = action["words"]
        return Said(words[:: -1 if self.backwards else 1], float(len(words)), words == "bye")

    def close(self):
        self.closed = True


def test_an_environment_of_openenvs_form():
    env = archer.vectorize(OpenEnvTask, 8, connect=Parrot, action="words", text="words")
    openings = env.reset()[0]
    assert set(openings) == {"forwards", "backwards"}
    step = env.step_at(range(8), ["abc"] * 7 + ["bye"])
    assert step.observations[0] == ("abc" if openings[0] == "forwards" else "cba")
    assert step.rewards.tolist() == [3.0] * 8
    assert step.terminated.tolist() == [False] * 7 + [True]
    env.fork(7, [0])
    assert env.finished([0]).all()
    parrots = [task._env for task in env._backend._tasks]
    env.close()
    assert all(parrot.closed for parrot in parrots)
    wrong = archer.vectorize(OpenEnvTask, connect=Parrot, action=lambda text: text, text="wrods")
    with pytest.raises(EnvError, match=r"Said\(words=.*has no 'wrods'"):
        wrong.reset()


@pytest.fixture(scope="module")
def server():
    """The address of a server of OpenEnv's, in this process."""
    pytest.importorskip("openenv", reason="the extra openenv is not installed")
    import uvicorn
    from openenv.core.env_server.http_server import create_fastapi_app
    from openenv.core.env_server.interfaces import Environment
    from openenv.core.env_server.types import Action, Observation, State

    class Words(Action):
        words: str

    class Heard(Observation):
        words: str

    class Echo(Environment):
        SUPPORTS_CONCURRENT_SESSIONS = True

        def reset(self, seed=None, episode_id=None, **kwargs):
            self.said = [str(seed)]
            return Heard(words=f"seed {seed}")

        def step(self, action, timeout_s=None, **kwargs):
            self.said.append(action.words)
            return Heard(words=" ".join(self.said), reward=1.5, done=action.words == "bye")

        @property
        def state(self):
            return State()

    app = create_fastapi_app(Echo, Words, Heard, max_concurrent_envs=16)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)


@pytest.mark.parametrize("backend", ["sync", "thread"])
def test_a_session_with_a_server(server, backend):
    env = archer.vectorize(
        OpenEnvTask, 2, 3, backend=backend, connect=server, action="words", text="words"
    )
    first, second = env.reset()[0]
    assert first.startswith("seed ")
    assert first != second
    assert env.step(["a", "b"])[0] == (f"{first[5:]} a", f"{second[5:]} b")
    last = env.step(["bye", "c"])
    assert last[0][1] == f"{second[5:]} b c"
    assert (last[1].tolist(), last[2].tolist()) == ([1.5, 1.5], [True, False])
    with pytest.raises(SnapshotError, match="cannot be copied"):
        env.snapshot([0])
    env.seed(3)
    assert env.reset()[0] == (first, second)
    env.close()


def test_the_code_of_the_docs_on_servers(server):
    names = {"address": server}
    exec(code_of_docs("OpenEnv"), names)
    assert names["step"].observations[0].endswith(" hello")
