"""Car Dealer: its scripted policies, which read what the buyer says and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from archer.env.script import Script
from archer.env.spec import EnvironmentSpec
from archer.env.tasks.car_buyer import ARGUMENTS, PROFILES, Beliefs, Car, read_opening

_QUESTIONS = {
    "type": ("What type of car do you want?", "Which type do you need?"),
    "brand": ("Which brand do you prefer?", "What make do you like?"),
    "fuel": ("Which fuel do you prefer?", "What fuel should it use?"),
    "colour": ("What colour do you like?", "Which color do you want?"),
    "features": ("Which features matter to you?", "What extras do you want?"),
    "budget": ("What is your budget?", "How much can you spend?"),
}
_ARGUMENTS = {
    "test drive": ("Take it for a test drive.", "Come for a test drive."),
    "warranty": ("It comes with a five-year warranty.", "You get our full guarantee."),
    "financing": ("We offer good financing.", "You can pay by monthly rates."),
    "safety": ("It is very safe.", "Its safety is excellent."),
    "economy": ("It is economical.", "The running costs are low, it is efficient."),
    "resale": ("Its resale value is high.", "You will resell it well."),
    "performance": ("The engine is powerful.", "Its performance is superb."),
    "discount": ("There is a special discount.", "You get a rebate."),
}
_CLAIMS = ("It has {}.", "You get {} with it.")
_OFFERS = ("How about the {}?", "I can show you the {}.")
_PRICES = ("I ask ${:,}.", "My price is ${:,}.", "It is yours for ${:,}.")
_DEALS = ("Deal.", "I accept your offer.", "Agreed.")


@dataclass(slots=True)
class _Game:
    """One episode of a script."""

    rng: np.random.Generator
    beliefs: Beliefs | None = None


class CarDealerScript(Script[_Game]):
    """Asks what matters, argues what helps, and comes down to the buyer's limit.

    It begins with the highest price that the buyer may be willing to pay, learns the buyer's mood
    from each refusal, and asks a sure one when the buyer is about to leave.

    Args:
        seed: of its random streams, in ``[0, 2**64)``.
        rate: the probability, in each turn, to say anything instead of the best.
    """

    def __init__(self, seed: int, rate: float) -> None:
        super().__init__(seed)
        self.rate = rate

    def _begin(self, rng: np.random.Generator) -> _Game:
        return _Game(rng)

    def _speak(self, game: _Game, observation: str) -> str:
        if game.beliefs is None:
            game.beliefs = Beliefs(*read_opening(observation))
        else:
            game.beliefs.hear(observation)
        if self.rate and game.rng.random() < self.rate:
            return self._anything(game.rng, game.beliefs)
        return self._best(game.rng, game.beliefs)

    def _best(self, rng: np.random.Generator, beliefs: Beliefs) -> str:
        if topic := beliefs.next_question():
            beliefs.said(question=topic)
            return _pick(rng, _QUESTIONS[topic])
        parts = []
        if beliefs.car is None:
            beliefs.offer(beliefs.best_car())
            parts.append(_pick(rng, _OFFERS).format(beliefs.car))
        if point := beliefs.next_point():
            beliefs.said(point=point)
            return " ".join([*parts, _phrase(rng, point)])
        price = beliefs.next_price()
        beliefs.said(price=price)
        return " ".join([*parts, _pick(rng, _PRICES).format(price)])

    def _anything(self, rng: np.random.Generator, beliefs: Beliefs) -> str:
        """A question, a car, a point for it or a price, or the buyer's offer taken."""
        kind = rng.integers(10)
        car: Car = beliefs.lot[rng.integers(len(beliefs.lot))]
        if kind < 3:
            topic = tuple(_QUESTIONS)[rng.integers(len(_QUESTIONS))]
            beliefs.said(question=topic)
            return _pick(rng, _QUESTIONS[topic])
        if kind < 5:
            beliefs.offer(car)
            beliefs.said()
            return _pick(rng, _OFFERS).format(car)
        car = beliefs.car or car
        if kind < 7:
            points = (*ARGUMENTS, *car.features)
            point = points[rng.integers(len(points))]
            beliefs.said(point=point)
            return _phrase(rng, point)
        if kind == 7 and beliefs.has_offer:
            beliefs.said()
            return _pick(rng, _DEALS)
        price = car.price * int(rng.integers(70, 131)) // 100
        beliefs.said(price=price)
        return _pick(rng, _PRICES).format(price)


def _phrase(rng: np.random.Generator, point: str) -> str:
    if point in _ARGUMENTS:
        return _pick(rng, _ARGUMENTS[point])
    return _pick(rng, _CLAIMS).format(point)


def _pick(rng: np.random.Generator, phrasings: tuple[str, ...]) -> str:
    return phrasings[rng.integers(len(phrasings))]


def _make_script(name: str, seed: int, rate: float) -> CarDealerScript:
    return CarDealerScript(seed, rate)


_PROMPT = (
    "You want to buy a car, for as little as you can. This is what you want and what was said so "
    "far: {object}\nSay what you offer for the car, or that you accept, or goodbye.\n"
    "Seller: {question}\nYou:"
)
_NAMES = ", ".join(PROFILES)

SPECS = (
    EnvironmentSpec(
        "car_dealer",
        "archer/CarDealer-v0",
        "Sell one of 4 cars to a buyer with wishes, a budget and a temperament: at the sale the "
        "price as a part of the car's list price, and 0 if the buyer leaves.",
        _make_script,
        {"max_turns": 20, "temperament": None, "answerer": None},
        {"temperament": f"the buyer's: {_NAMES}"},
        ("best", "noisy", "random"),
        answerer={"prompt": _PROMPT, "max_new_tokens": 48},
    ),
)
