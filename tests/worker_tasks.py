"""Tasks for the tests of backends, in a module that worker processes can import."""

import os
import threading
import time

from archer.env import TextEnv


class Dice(TextEnv):
    """Says numbers of its random stream, of which it keeps the state between turns."""

    max_turns = 4

    def __init__(self, sides=6):
        self.sides = sides

    def reset(self, rng):
        self.rng = rng
        self.rolls = [int(rng.integers(self.sides))]
        return str(self.rolls[0])

    def step(self, utterance):
        self.invalid = not utterance
        self.rolls.append(int(self.rng.integers(self.sides)))
        return f"{utterance}: {self.rolls}", float(self.rolls[-1]), self.rolls[-1] == 0

    def hidden(self):
        return str(self.rolls)


class Counter(TextEnv):
    """Counts, behind a lock, which can be neither copied nor pickled."""

    max_turns = 9

    def reset(self, rng):
        self.lock = threading.Lock()
        self.counts = []
        return ""

    def step(self, utterance):
        with self.lock:
            self.counts.append(utterance)
        return " ".join(self.counts), 0.0, False


class Hooked(Counter):
    """Says what a snapshot is made of; both hooks hand out what the task goes on with."""

    def get_state(self):
        return self.counts

    def set_state(self, state):
        self.lock = threading.Lock()
        self.counts = state


class HalfHooked(Counter):
    def get_state(self):
        return self.counts


class DemandingError(Exception):
    """Cannot be unpickled: its constructor asks for more than its args hold."""

    def __init__(self, what, why):
        super().__init__(f"{what} for {why}")


class Obedient(TextEnv):
    """Does what it is told to, which is mostly bad."""

    max_turns = 100

    def __init__(self, at_birth=""):
        self.obey(at_birth)

    def reset(self, rng):
        return "What shall I do?"

    def step(self, utterance):
        return self.obey(utterance) or "done", 0.0, False

    def obey(self, order):
        match order:
            case "divide":
                raise ZeroDivisionError("in the task")
            case "demand":
                raise DemandingError("this", "that")
            case "leave":
                raise SystemExit(3)
            case "crash":
                os._exit(3)
            case "tell":
                return str(os.getpid())
            case "sleep":
                print("asleep", flush=True)
                time.sleep(60)
            case "lock":
                self.lock = threading.Lock()
            case "unlock":
                self.lock = None
            case "nap":
                time.sleep(0.3)
                self.napped = True
        return None


class Meeting(TextEnv):
    """A step ends when another environment is in its own step too."""

    max_turns = 9
    door = threading.Barrier(2, timeout=20)

    def reset(self, rng):
        return ""

    def step(self, utterance):
        self.door.wait()
        return "met", 0.0, False


def dice_of(sides):
    """A factory that is no class."""
    return Dice(sides)


SAME = Dice()


def the_same():
    return SAME


MIXED = iter([Dice(), Counter()] * 9)


def mixed():
    return next(MIXED)
