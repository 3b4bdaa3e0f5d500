"""The comparison with Jericho, as far as it goes without Jericho."""

import json
import os
import sys
from pathlib import Path
from unittest import mock

import pytest
from rich.console import Console

from archer.env import scripted
from stories import FOLDER, skip_without

ROOT = Path(__file__).parent.parent

sys.path.insert(0, str(ROOT))
with mock.patch.dict(os.environ):  # in which the package sets numbers of threads
    from benches.peers.stories import __main__, files, memory, ours, report, speed
    from benches.peers.stories.agreement import Played
    from benches.peers.stories.clock import PASSES, median_of, seconds_each
    from benches.peers.stories.effects import Agreement, Effect, counted, effect
    from benches.peers.stories.texts import plain, score_and_moves, without_status
    from benches.peers.timing import quartiles

HERE, THERE = (1, b"\0"), (2, b"\0")
LIT = (1, b"\1")
NOTHING = Effect(frozenset(), 0, None)


def test_texts_are_compared_without_space_and_prompt():
    assert plain("\n<< Hall >>\nA  hall.\n\n>") == plain("<< Hall >>\n\nA hall.\n")
    assert plain("x > y\n> ") == "x > y"
    assert plain("one") != plain("two")


def test_the_line_of_status_is_no_part_of_a_text():
    status = f"  At End Of Road{' ' * 90}Score: 36{' ' * 16}Moves: 0              \n"
    assert without_status(f"{status}At End Of Road\n\n>") == "At End Of Road\n\n>"
    assert without_status(f" > In House{' ' * 90}Score: 1   Moves: 10 \nYes.") == "Yes."
    for text in ("Taken.\n\n>", "\n  Score: 5\n", "You have made 5 Moves: 5"):
        assert without_status(text) == text


def test_numbers_are_read_from_what_is_hidden():
    assert score_and_moves("score 20, moves 3, at Closet") == (20, 3)
    assert score_and_moves("score -5, moves 0") == (-5, 0)
    with pytest.raises(ValueError, match="no score and moves in 'score 5'"):
        score_and_moves("score 5")


def test_effects_are_what_is_not_as_before():
    before = {1: HERE, 2: THERE}
    assert not effect(before, dict(before), 0, None).changes
    assert effect(before, before | {2: HERE}, 0, None) == Effect(frozenset({(2, *HERE)}), 0, None)
    different = [
        effect(before, before | change, score, ended)
        for change in ({1: THERE}, {1: LIT}, {2: HERE}, {})
        for score in (0, 10)
        for ended in (None, "You have died.")
    ]
    assert len({*different, NOTHING}) == len(different), "of which one is nothing"
    assert [each for each in different if not each.changes] == [NOTHING]


def test_actions_agree_by_class_of_effect():
    went, took, ended = (Effect(frozenset(), score, None) for score in (1, 2, 3))
    agreement = Agreement()
    assert (agreement.recall, agreement.precision) == (1, 1)
    ours_ = {"n": went, "north": went, "take it": took, "hm": NOTHING}
    agreement.add(ours_, {"go north": went, "jump": ended, "get up": NOTHING, "die": ended})
    agreement.add({"n": went}, {"n": went})
    assert agreement.shared == 2
    assert (agreement.missed, agreement.extra) == (["jump"], ["take it"])
    assert (agreement.idle, agreement.idle_there) == (["hm"], ["get up"])
    assert (agreement.again, agreement.again_there) == (["north"], ["die"])
    assert (agreement.recall, agreement.precision) == (2 / 3, 2 / 3)
    assert counted(["n", "s", "n"]) == "n x2, s"


def test_medians_are_those_of_each_row():
    passes = iter([{"a": k, "b": -k} for k in (3, 1, 2, 5, 4)[:PASSES]])
    assert median_of(lambda: next(passes)) == {"a": 3, "b": -3}
    called = []
    assert seconds_each(called.append, "abc") >= 0
    assert called == ["a", "b", "c"]


def test_ratios_tell_how_much_longer_jericho_takes():
    times = {
        "steps": {
            speed.FIRST: quartiles([1e-6, 2e-6, 3e-6]),
            speed.AGAIN: quartiles([1e-6]),
            speed.JERICHO: quartiles([8e-6]),
        }
    }
    results = report.speed_json(times)["steps"]
    assert results["aim"] == 100
    assert results["results"][speed.FIRST]["median"] == pytest.approx(2)
    assert results["results"][speed.FIRST]["ratio"] == pytest.approx(4)
    console = Console(width=110)
    with console.capture() as capture:
        console.print(report.speed_table(times))
        console.print(report.memory_table({"archer": 5_000_000, "jericho": "it died"}, 1000))
    assert all(said in capture.get() for said in ("4 times", "8 times", "5.0", "it died"))


def test_differences_are_told():
    played = [
        Played("a.z5", 2, [], ["step 1: 5 there, 6 here"], Agreement(3, missed=["jump"])),
        Played("b.z3", 2, ["step 2: 'x' there, 'y' here"]),
    ]
    console = Console(width=110)
    with console.capture() as capture:
        console.print(report.agreement_table(played))
    assert "recall 0.750 jump" in capture.get()
    assert capture.get().count("1 differ") == 2
    found = json.loads(json.dumps([report.agreement_json(each) for each in played]))
    assert found[0]["actions"]["recall"] == 0.75
    assert played[0].differs
    assert not Played("c.z5", 1, numbers=[]).differs


def test_stories_are_looked_for_where_they_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("ARCHER_TEST_DATA", str(tmp_path))
    monkeypatch.delenv("ARCHER_STORIES", raising=False)
    assert files.folder(None) == tmp_path / "zmachine"
    monkeypatch.setenv("ARCHER_STORIES", str(tmp_path / "stories"))
    assert files.folder(None) == tmp_path / "stories"
    (tmp_path / "advent.z3").touch()
    with pytest.raises(SystemExit, match=r"^no detective.z5 in .*STORIES=stories"):
        files.find(tmp_path)
    (tmp_path / "detective.z5").touch()
    assert files.find(tmp_path) == (tmp_path / "detective.z5", tmp_path / "advent.z3")


def test_arguments_that_make_no_sense_are_refused(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["stories", "--rounds", "-1"])
    with pytest.raises(SystemExit, match="give numbers from 0"):
        __main__.main()


def walkthrough(envs):
    policy, heard, lines = scripted("detective", "optimal"), envs.reset_at([0]), []
    policy.begin([0])
    while not envs.finished([0])[0]:
        lines += policy.act([0], heard)
        heard = envs.step_at([0], lines[-1:]).observations
    return lines


@skip_without("detective.z5")
def test_archers_side_is_measured(monkeypatch):
    story = FOLDER / "detective.z5"
    lines = walkthrough(ours.archer.make_vec("detective", story=str(story)))
    monkeypatch.setattr(ours, "OBSERVATIONS", {"actions": {}, "full": {}})
    monkeypatch.setattr(ours, "TOGETHER", 2)
    monkeypatch.setattr("benches.peers.stories.clock.PASSES", 1)
    side = ours.Archer(story, lines)
    assert side.first().keys() == {"load", "snapshot", "steps"}
    assert side.first_shown().keys() == {"actions", "full"}
    assert side.again().keys() == {"reset", "snapshot", "steps", "actions", "full"}
    assert side.together().keys() == {"reset", "snapshot", "steps", "full"}
    with pytest.raises(RuntimeError, match="has not come to the end"):
        ours.Archer(story, lines[:5])


@skip_without("detective.z5")
@pytest.mark.parametrize("who", ["archer, all alike", "archer, each another way"])
def test_environments_whose_memory_is_measured_are_in_the_middle(who):
    story = FOLDER / "detective.z5"
    envs = memory.CONTENDERS[who](story, 5, ["n", "look", "s", "look"] * 4)
    assert not envs.finished(range(5)).any()
    ways = set(envs.hidden(range(5)))
    assert (len(ways) == 1) == (who == "archer, all alike")
