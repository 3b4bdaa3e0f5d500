"""What is right in a maze, worked out from its drawing alone."""

from collections import deque

MOVES = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


def floor_of(drawing):
    """The cells that are no wall."""
    rows = drawing.split("\n")
    return {(r, c) for r, row in enumerate(rows) for c, mark in enumerate(row) if mark != "#"}


def find(drawing, letter):
    """The cell with this letter."""
    return next(
        (r, row.index(letter)) for r, row in enumerate(drawing.split("\n")) if letter in row
    )


def moved(floor, cell, direction):
    """Where a move leads."""
    near = (cell[0] + MOVES[direction][0], cell[1] + MOVES[direction][1])
    return near if near in floor else cell


def distances(floor, goal):
    """Steps from each cell to the goal, breadth first."""
    found, waiting = {goal: 0}, deque([goal])
    while waiting:
        cell = waiting.popleft()
        for direction in MOVES:
            near = moved(floor, cell, direction)
            if near not in found:
                found[near] = found[cell] + 1
                waiting.append(near)
    return found


def walls(floor, cell):
    """The directions that lead nowhere."""
    return frozenset(way for way in MOVES if moved(floor, cell, way) == cell)


def best_blind_return(drawing):
    """The greatest mean return over all starts of whoever has the map and sees walls alone.

    By value iteration over the sets of cells in which the agent may be: a turn moves all cells of a
    set alike, as all have the same walls, and what is seen then tells which of them are left.
    """
    floor, goal = floor_of(drawing), find(drawing, "G")

    def seen(cells):
        """The set split by what is seen in its cells."""
        parts = {}
        for cell in cells:
            parts.setdefault("goal" if cell == goal else walls(floor, cell), set()).add(cell)
        return [frozenset(part) for part in parts.values()]

    beginnings = seen(floor - {goal})
    outcomes, waiting = {}, list(beginnings)
    while waiting:
        belief = waiting.pop()
        if belief in outcomes or belief == {goal}:
            continue
        after = [{moved(floor, cell, way) for cell in belief} for way in MOVES]
        outcomes[belief] = [seen(cells) for cells in after if cells != belief]
        waiting += [part for parts in outcomes[belief] for part in parts]
    # The sum of the returns over the cells of a set.
    sums = dict.fromkeys(outcomes, 0.0) | {frozenset([goal]): 1.0}
    change = 1.0
    while change > 0:
        new = {
            belief: max(sum(sums[part] for part in parts) for parts in ways) - len(belief)
            for belief, ways in outcomes.items()
        }
        change = max(abs(new[belief] - sums[belief]) for belief in new)
        sums.update(new)
    return sum(sums[belief] for belief in beginnings) / (len(floor) - 1)
