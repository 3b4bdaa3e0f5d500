"""The maze: its texts to the letter, its rules against a drawing of the map."""

import numpy as np
import pytest

import archer
from archer.env import explore, make_vec, optimal_value, scripted
from archer.env.tasks.maze import COMMANDS
from archer.errors import OptionError
from env_cases import play
from maze_oracle import MOVES, best_blind_return, distances, find, floor_of, moved, walls

LAYOUTS = ["double_t", "u", "medium"]
GENERATED = {"layout": "generated", "width": 9, "height": 7}
EPISODE = """\
Reach the goal of the U maze, which has 5 rows and 5 columns, counted from 0 at the top left.
Say: move up, move down, move left, move right.
The goal is at 3, 3. You are at 1, 1. Walls: left, up.
move right The goal is at 3, 3. You are at 1, 2. Walls: up, down.
move down The goal is at 3, 3. You are at 1, 2. Walls: up, down.
jump That is no move. The goal is at 3, 3. You are at 1, 2. Walls: up, down.
Go right! The goal is at 3, 3. You are at 1, 3. Walls: right, up.
 DOWN  The goal is at 3, 3. You are at 2, 3. Walls: right, left.
move down You have reached the goal.
"""
MAP = ("#######", "#S  # #", "# # # #", "# #  G#", "#######")


def drawing_of(envs, index=0):
    """The map of an environment without whoever is in it."""
    return envs.hidden([index])[0].replace("@", " ")


def total(script, envs, start):
    """The return of one episode that begins at a cell."""
    heard, returned = envs.reset_at([0], {"start": list(start)}), 0.0
    script.begin([0])
    while not envs.finished([0])[0]:
        step = envs.step_at([0], script.act([0], heard))
        heard, returned = step.observations, returned + float(step.rewards[0])
    assert step.infos["win"][0]
    return returned


def test_golden_episode():
    env = archer.make("maze", layout="u")
    text, info = env.reset(options={"start": [1, 1]})
    assert info == {"hidden": "#####\n#@  #\n# # #\n# #G#\n#####"}
    said = ["move right", "move down", "jump", "Go right!", " DOWN ", "move down"]
    steps = []
    for utterance in said:
        steps.append(env.step(utterance))
        text += f"{utterance} {steps[-1][0]}\n"
    assert text == EPISODE
    assert [step[1] for step in steps] == [-1, -1, -4, -1, -1, 0]
    assert [step[2] for step in steps] == [False] * 5 + [True]
    assert [step[4]["win"] for step in steps] == [False] * 5 + [True]
    assert [step[4]["invalid"] for step in steps] == [False, False, True, False, False, False]


def test_partly_observed_only_walls_are_told():
    env = archer.make("maze", layout="u", observation="partial", max_turns=3)
    text, _ = env.reset(options={"start": [1, 1]})
    assert text.endswith("\nWalls: left, up.\n")
    assert env.step("right")[0] == "Walls: up, down."
    assert env.step("")[:2] == ("That is no move. Walls: up, down.", -4)
    assert env.step("right")[:4] == ("Walls: right, up.", -1, False, True)


@pytest.mark.parametrize(
    "options",
    [*({"layout": layout} for layout in LAYOUTS), GENERATED, GENERATED | {"loops": 5}],
    ids=["double_t", "u", "medium", "tree", "loops"],
)
def test_every_move_of_every_cell_is_that_of_the_map(options):
    envs = make_vec("maze", 4 * 99, seed=3, **options)
    envs.reset_at([0])
    drawing = drawing_of(envs)
    floor, goal = floor_of(drawing), find(drawing, "G")
    begun = bytearray(envs.snapshot([0])[0])
    cells = sorted(floor - {goal})
    here = 3 + len("maze") + 4
    states = [bytes(begun[:here]) + bytes(cell) + bytes(begun[here + 2 :]) for cell in cells]
    for direction in MOVES:
        envs.restore(states, range(len(states)))
        step = envs.step_at(range(len(states)), [f"move {direction}"] * len(states))
        for i, (cell, text) in enumerate(zip(cells, step.observations, strict=True)):
            after = moved(floor, cell, direction)
            if after == goal:
                assert (text, step.rewards[i]) == ("You have reached the goal.", 0)
                assert step.terminated[i]
                continue
            told = [way for way in ("right", "left", "up", "down") if way in walls(floor, after)]
            assert text == (
                f"The goal is at {goal[0]}, {goal[1]}. You are at {after[0]}, {after[1]}. "
                f"Walls: {', '.join(told) or 'none'}."
            )
            assert step.rewards[i] == -1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_optimum_takes_the_shortest_way_from_everywhere(layout):
    envs = make_vec("maze", layout=layout)
    envs.reset_at([0])
    drawing = drawing_of(envs)
    for goal in (find(drawing, "G"), find(drawing, " ")):
        steps = distances(floor_of(drawing), goal)
        script = scripted("maze", "optimal")
        for cell in steps.keys() - {goal}:
            heard = envs.reset_at([0], {"start": list(cell), "goal": list(goal)})
            script.begin([0])
            for left in range(steps[cell], 0, -1):
                assert optimal_value("maze", heard, layout=layout) == 1 - left
                step = envs.step_at([0], script.act([0], heard))
                heard = step.observations
            assert step.infos["win"][0]


@pytest.mark.parametrize("options", [{"layout": "u"}, GENERATED | {"show_map": True}])
@pytest.mark.parametrize("loops", [None, 4])
def test_scripts_with_a_map_reach_what_value_iteration_finds(options, loops):
    if loops and options["layout"] == "generated":
        options = options | {"loops": loops}
    for seed in range(5):
        mdp = explore("maze", COMMANDS, seeds=[seed], **options)
        returns, _ = play(scripted("maze", "optimal"), make_vec("maze", 1, seed, **options), 1)
        assert returns[0] == mdp.optimal_return


@pytest.mark.parametrize("discount", [1.0, 0.9, 0.0])
@pytest.mark.parametrize(
    "options",
    [{}, {"layout": "medium"}, GENERATED | {"show_map": True, "loops": 3}, {"map": MAP}],
    ids=["double_t", "medium", "generated", "map"],
)
def test_exact_values_are_those_of_value_iteration(options, discount):
    for seed in range(3):
        mdp = explore("maze", COMMANDS, seeds=[seed], **options)
        v = mdp.optimal(discount).v
        _, dialogues = play(
            scripted("maze", "noisy", seed), make_vec("maze", 1, seed, **options), 1
        )
        for texts in dialogues:
            walk = mdp.walk(texts[1::2], texts[0])
            values = [
                optimal_value("maze", texts[: 2 * turn + 1], discount, **options)
                for turn in range(len(walk.states))
            ]
            np.testing.assert_allclose(values, walk.v(v), atol=1e-9)


def test_values_that_texts_do_not_tell_are_refused():
    for options, what in [(GENERATED, "a generated"), ({"observation": "partial"}, "a partly")]:
        (opening,) = make_vec("maze", **options).reset_at([0])
        with pytest.raises(OptionError, match=f"the exact value of {what}"):
            optimal_value("maze", [opening], **options)
    (opening,) = make_vec("maze").reset_at([0])
    with pytest.raises(OptionError, match="no floor of this maze"):
        optimal_value("maze", [opening], layout="u")


@pytest.mark.parametrize(("layout", "gap"), [("double_t", 0.08), ("u", 0), ("medium", 0)])
def test_who_sees_walls_alone_is_near_the_best_that_can_be_done(layout, gap):
    envs = make_vec("maze", layout=layout, observation="partial")
    envs.reset_at([0])
    drawing = drawing_of(envs)
    script = scripted("maze", "optimal")
    starts = floor_of(drawing) - {find(drawing, "G")}
    returns = [total(script, envs, start) for start in starts]
    assert np.mean(returns) == pytest.approx(best_blind_return(drawing) - gap)


@pytest.mark.parametrize("observation", ["full", "partial"])
@pytest.mark.parametrize(
    "options",
    [GENERATED | {"loops": 2}, {"map": [row.replace("S", " ") for row in MAP]}],
    ids=["drawn", "own"],
)
def test_who_has_no_map_explores_and_arrives(options, observation):
    envs = make_vec("maze", 20, observation=observation, **options)
    returns, dialogues = play(scripted("maze", "optimal"), envs, 2)
    assert all(texts[-1] == "You have reached the goal." for texts in dialogues)
    _, noisy = play(scripted("maze", "noisy", rate=0.2), envs, 2)
    assert sum(texts[-1] == "You have reached the goal." for texts in noisy) >= 36
    with_map = make_vec("maze", 20, observation=observation, show_map=True, **options)
    assert play(scripted("maze", "optimal"), with_map, 2)[0].mean() >= returns.mean()


def test_a_goal_that_is_not_where_the_map_has_it_is_found_too():
    envs = make_vec("maze", observation="partial")
    script = scripted("maze", "optimal")
    heard = envs.reset_at([0], {"start": [8, 6], "goal": [1, 11]})
    script.begin([0])
    while not envs.finished([0])[0]:
        step = envs.step_at([0], script.act([0], heard))
        heard = step.observations
    assert step.infos["win"][0]


@pytest.mark.parametrize("name", ["noisy", "random"])
def test_scripts_are_reproducible_and_independent(name):
    def texts(seed, num_envs):
        return play(scripted("maze", name, seed), make_vec("maze", num_envs, seed=2), 3)[1]

    assert texts(0, 4) == texts(0, 4)
    assert texts(0, 4) != texts(1, 4)
    alone, many = texts(0, 1), texts(0, 4)
    assert alone == [many[0], many[4], many[8]], "each environment has its own stream"


def test_noise_costs_and_randomness_costs_more():
    envs = make_vec("maze", 100, seed=1)
    means = [play(scripted("maze", name), envs, 1)[0].mean() for name in ("optimal", "noisy")]
    means.append(play(scripted("maze", "random"), envs, 1)[0].mean())
    assert -9 < means[0] < -5
    assert means[0] > means[1] + 5 > means[2] + 40


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layout": "w"}, "give one of double_t, u, medium, generated"),
        ({"map": ["####", "#S #", "####"]}, "has no goal"),
        ({"map": ["####", "#SG#"]}, "has 2 rows"),
        ({"map": MAP, "layout": "u"}, "both layout and map"),
        ({"width": 9}, 'give layout "generated"'),
        ({"layout": "generated", "height": 10}, "give an odd number"),
        ({"observation": "none"}, "give one of full, partial"),
        ({"with": 3}, "did you mean 'width'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_options_are_explained(options, message):
    with pytest.raises(OptionError, match=message):
        archer.make("maze", **options)


def test_bad_reset_options_are_explained():
    env = archer.make("maze")
    for options, message in [
        ({"start": [0, 0]}, "of a floor cell, counted from 0"),
        ({"start": [8, 6]}, r"both start and goal are \[8, 6\]"),
        ({"goal": 3}, "goal is 3: give"),
    ]:
        with pytest.raises(OptionError, match=message):
            env.reset(options=options)
