"""What a seller of Car Dealer can work out about the buyer from what is said.

The numbers are those of ``docs/car_dealer.md``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ASPECTS = ("type", "brand", "fuel", "colour")
ARGUMENTS = (
    "test drive",
    "warranty",
    "financing",
    "safety",
    "economy",
    "resale",
    "performance",
    "discount",
)
_MOOD = 4
_MOST = 120
_TURNS_TO_HAGGLE = 4
"""So many are kept for finding the price, in which two turns are those of the last warnings."""

_HOPED_FOR = 4
"""So many arguments will be heard, when cars are compared."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One temperament; points are per cent of a car's list price."""

    marks: str
    """What the opening of such a buyer, and of no other, has."""
    base: int
    cares: tuple[int, int, int, int]
    """Of type, brand, fuel, colour."""
    feature: int
    gains: tuple[int, ...]
    """Of `ARGUMENTS`."""
    margin: tuple[int, int]
    least_margin: int
    step: int
    patience: int
    """At least; each turn takes 1."""
    questions: tuple[str, ...]
    """What is worth a turn to ask."""


PROFILES = {
    "bargain_hunter": Profile(
        "bargain|list price", 72, (8, 2, 4, 1), 2, (0, 2, 0, 0, 4, 4, 0, 5), (16, 24), 3, 3, 13,
        ("fuel", "features"),
    ),
    "impatient": Profile(
        "minutes|hurry|little time", 78, (10, 4, 2, 2), 2, (1, 3, 0, 1, 1, 1, 1, 2), (4, 8), 1, 2,
        6, (),
    ),
    "enthusiast": Profile(
        "love|passion", 70, (10, 6, 2, 6), 4, (7, 0, 0, 0, 0, 1, 7, 0), (6, 12), 1, 2, 9,
        ("brand", "features"),
    ),
    "cautious": Profile(
        "sure|careful", 70, (10, 4, 4, 1), 3, (3, 6, 0, 7, 2, 2, 0, 0), (10, 16), 2, 3, 11,
        ("brand", "features", "budget"),
    ),
    "loyal": Profile(
        "make", 68, (6, 18, 2, 2), 2, (2, 4, 0, 1, 1, 5, 1, 0), (6, 12), 1, 2, 8, ("type",)
    ),
    "budget_bound": Profile(
        "money", 76, (10, 2, 6, 0), 2, (1, 3, 0, 2, 6, 3, 0, 2), (3, 6), 0, 1, 8, ("fuel",)
    ),
}  # fmt: skip

_LINE = re.compile(r"- (\w+) (\w+) (\w+), (\w+), (.+): \$([\d,]+)")
_PRICE = re.compile(r"\$([\d,]+)")


@dataclass(frozen=True, slots=True)
class Car:
    """A car of the lot."""

    aspects: tuple[str, str, str, str]
    features: tuple[str, ...]
    price: int

    def __str__(self) -> str:
        kind, brand, _, colour = self.aspects
        return f"{colour} {brand} {kind}"


def read_opening(text: str) -> tuple[tuple[Car, ...], str, str]:
    """The cars, the temperament, and the buyer's words."""
    lot = []
    for colour, brand, kind, fuel, features, price in _LINE.findall(text):
        names = tuple(re.split(r", | and ", features))
        lot.append(Car((kind, brand, fuel, colour), names, _dollars(price)))
    words = text.partition("Buyer: ")[2]
    # "I love it" and the like come first; "make" is also in another's greeting.
    found = [name for name, known in PROFILES.items() if re.search(known.marks, words.lower())]
    return tuple(lot), found[0] if found else "impatient", words


def _dollars(text: str) -> int:
    return int(text.replace(",", ""))


@dataclass(slots=True)
class Beliefs:
    """What is known of the buyer."""

    lot: tuple[Car, ...]
    temperament: str
    words: str
    wants: dict[str, str] = field(default_factory=dict)
    features: tuple[str, ...] | None = None
    budget: float = float("inf")
    car: Car | None = None
    points: set[str] = field(default_factory=set)
    moods: list[int] = field(default_factory=lambda: list(range(-_MOOD, _MOOD + 1)))
    asked: int | None = None
    concessions: int = 0
    sure: int | None = None
    """What the buyer's last offer says they would pay."""
    turns: int = 0
    has_offer: bool = False
    is_leaving: int = 0
    """For how many turns the buyer has been saying so."""
    _question: str = ""
    _price: int | None = None

    def __post_init__(self) -> None:
        self._take_wants(self.words)

    @property
    def profile(self) -> Profile:
        """The buyer's temperament."""
        return PROFILES[self.temperament]

    # --- what is heard --------------------------------------------------------------------------

    def hear(self, text: str) -> None:
        """Takes in an answer to what was `said` last."""
        if re.search(r"about to leave|much longer|patience is nearly", text):
            self.is_leaving += 1
        if self._question:
            self._take_wants(text)
        if self._price is not None and self.car is not None and (found := _PRICE.findall(text)):
            self.has_offer = True
            self._learn(self.car, text, self._price, _dollars(found[-1]))

    def _take_wants(self, text: str) -> None:
        for at, aspect in enumerate(ASPECTS):
            for car in self.lot:
                if re.search(rf"\b{car.aspects[at]}\b", text):
                    self.wants[aspect] = car.aspects[at]
        if self._question == "features":
            listed = re.search(r"(?:: | are )(.+?) and (.+?)\.", text)
            self.features = listed.groups() if listed else ()
        if self._question in ("features", "budget"):
            self.wants[self._question] = text
        is_budget = not self._question or self._question == "budget"
        if is_budget and self.temperament != "loyal" and (found := _PRICE.search(text)):
            shown = 0.85 if self.temperament == "bargain_hunter" else 1.0
            self.budget = _dollars(found[1]) / shown

    def _learn(self, car: Car, text: str, price: int, offer: int) -> None:
        """Keeps the moods with which the buyer would have said so."""
        profile = self.profile
        low, high = (
            max(profile.least_margin, margin - profile.step * self.concessions)
            for margin in profile.margin
        )

        def fits(mood: int) -> bool:
            limit = self.limit(car, mood)
            if price <= limit:
                return False
            if re.search(r"\bfar\b", text):
                band = price * 100 > limit * 120
            elif re.search(r"[Cc]lose|[Aa]lmost|[Nn]early\b(?! over)", text):
                band = price * 100 <= limit * 105
            else:
                band = price * 100 > limit * 105
            unit = car.price // 100
            return band and limit - high * unit - 100 < offer <= limit - (low * unit - 100)

        moods = [mood for mood in self.moods if fits(mood)]
        if not moods:
            # It is the budget then, of which the offer tells how large it may be.
            self.budget = min(self.budget, offer + low * (car.price // 100) + 99, price - 100)
        self.moods = moods or self.moods
        self.sure = offer + low * (car.price // 100)

    # --- what is known --------------------------------------------------------------------------

    def worth(self, car: Car) -> int:
        """Points of a car by now, in an even mood."""
        profile = self.profile
        suits = sum(
            care
            for aspect, care, value in zip(ASPECTS, profile.cares, car.aspects, strict=True)
            if self.wants.get(aspect) == value
        )
        liked = len(self.points & set(car.features) & set(self.features or ()))
        argued = sum(
            gain
            for argument, gain in zip(ARGUMENTS, profile.gains, strict=True)
            if argument in self.points
        )
        return profile.base + suits + liked * profile.feature + argued

    def limit(self, car: Car, mood: int) -> int:
        """The most that a buyer in this mood pays for a car by now."""
        means = self.budget + (self.budget // 10 if "financing" in self.points else 0)
        return int(min(car.price // 100 * min(self.worth(car) + mood, _MOST), means))

    # --- what to do -----------------------------------------------------------------------------

    def next_question(self) -> str:
        """What to ask before a car is offered, if anything."""
        if self.car is not None or self.is_leaving:
            return ""
        for topic in self.profile.questions:
            if topic not in self.wants:
                return topic
        return ""

    def best_car(self) -> Car:
        """The car for which the buyer would pay the greatest part of its price."""

        def share(car: Car) -> float:
            hopes = sum(sorted(self.profile.gains)[-_HOPED_FOR:])
            liked = len(set(car.features) & set(self.features or ())) * self.profile.feature
            return min((self.worth(car) + hopes + liked) / 100, self.budget * 1.1 / car.price)

        return max(self.lot, key=share)

    def next_point(self) -> str:
        """What to say for the car, the most helpful first, or nothing."""
        turns_left = self.profile.patience - self.turns
        if self.car is None or self.is_leaving or turns_left <= _TURNS_TO_HAGGLE:
            return ""
        gains = dict(zip(ARGUMENTS, self.profile.gains, strict=True))
        for feature in self.features or ():
            if feature in self.car.features:
                gains[feature] = self.profile.feature
        if self.limit(self.car, 0) < self.car.price // 100 * self.worth(self.car):
            # What stands in the way is the budget.
            gains = {"financing": 10}
        left = {point: gain for point, gain in gains.items() if point not in self.points and gain}
        return max(left, key=left.__getitem__, default="")

    def next_price(self) -> int:
        """The highest limit that there may be, or a sure one when it is the last chance."""
        car = self.car or self.best_car()
        limits = sorted({self.limit(car, mood) for mood in self.moods})
        if self.is_leaving > 1 and self.sure is not None:
            return self.sure
        return limits[0] if self.is_leaving and len(limits) > 2 else limits[-1]

    def offer(self, car: Car) -> None:
        """Another car is spoken of."""
        if car != self.car:
            self.car, self.asked, self.sure, self.has_offer = car, None, None, False

    def said(self, question: str = "", point: str = "", price: int | None = None) -> None:
        """What the seller says in this turn."""
        self.turns += 1
        self._question, self._price = question, price
        if point and self.car is not None:
            self.points.add(point)
        if price is not None and self.car is not None:
            if self.asked is not None and price <= self.asked - self.car.price // 100:
                self.concessions += 1
            self.asked = price
