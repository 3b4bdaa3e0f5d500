"""The best next action of Twenty Questions, for a set of objects that may still be the one."""

from __future__ import annotations

from functools import lru_cache

from archer.env.tasks.bank import Bank


class Solver:
    """Finds the action after which the discounted sum of rewards is expected to be greatest.

    No object of a set is likelier than another. Values are exact in sets of up to ``exact``
    objects; above, the most even question is best, which is the one with the greatest information
    gain. The turn limit is not considered.

    Args:
        bank: what can be said.
        exact: the greatest size of a set that is searched.
        discount: in [0, 1]; at 1 what counts are the turns until the object is named.
    """

    def __init__(self, bank: Bank, exact: int, discount: float = 1) -> None:
        self.bank, self.exact, self.discount = bank, exact, discount
        self._solve = lru_cache(maxsize=1 << 16)(self._search)
        self.best = lru_cache(maxsize=1 << 16)(self._choose)

    def value(self, candidates: int) -> float:
        """The greatest expected discounted return; 0 if nothing is left, as it has been named."""
        return -self._solve(candidates)[0] / candidates.bit_count() if candidates else 0.0

    def _search(self, candidates: int) -> tuple[float, int]:
        """The least cost, summed over the objects, and the first action that has it.

        The cost of an object is the discounted number of turns that it takes to name it, the naming
        not counted. Namings come first.
        """
        size = candidates.bit_count()
        if size == 1:
            return 0, self.bank.naming(candidates)
        options = []
        rest = candidates
        while rest:
            named = rest & -rest
            rest ^= named
            naming = self.bank.naming(named)
            left = sum(
                self._solve(part)[0] for part in self.bank.outcomes(naming, candidates) if part
            )
            options.append((size - 1 + self.discount * left, naming))
        for (one, other), question in self._splits(candidates).items():
            left = self._solve(one)[0] + self._solve(other)[0]
            options.append((size + self.discount * left, question))
        return min(options, key=lambda option: option[0])

    def _choose(self, candidates: int) -> int:
        """The best action for a set of candidates."""
        if candidates.bit_count() <= self.exact:
            return self._solve(candidates)[1]
        found = self._splits(candidates)
        if not found:
            return self.bank.naming(candidates & -candidates)
        even = min(found, key=lambda sides: abs(sides[0].bit_count() - sides[1].bit_count()))
        return found[even]

    def _splits(self, candidates: int) -> dict[tuple[int, int], int]:
        """The first question for each way to split the set."""
        found: dict[tuple[int, int], int] = {}
        for question in range(self.bank.num_questions):
            yes, no = self.bank.outcomes(question, candidates)
            if yes and no:
                found.setdefault((max(yes, no), min(yes, no)), question)
        return found
