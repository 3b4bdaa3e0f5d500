"""What is shown while a run goes on."""

import io

from rich.console import Console

from archer.progress import ProgressDisplay, describe


def shown(*, terminal):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120)
    with ProgressDisplay(console) as display:
        display.begin("behaviour cloning", total=2)
        display.advance(2, loss=0.123456)
        display.begin("archer", total=4, done=1)
        for iteration in range(3):
            display.advance(mean_return=-5.125, win_rate=0.75, episodes=1000 + iteration)
    return console.file.getvalue()


def test_a_terminal_shows_bars_with_values():
    text = shown(terminal=True)
    for part in ("behaviour cloning", "2/2", "archer", "4/4", "win rate 75%", "episodes 1,002"):
        assert part in text


def test_elsewhere_there_are_a_few_plain_lines():
    lines = shown(terminal=False).splitlines()
    assert lines[0] == "behaviour cloning: 0/2"
    assert lines[1].startswith("behaviour cloning: 2/2")
    assert lines[2] == "archer: 1/4"
    assert lines[3].startswith("archer: 4/4")
    assert lines[3].endswith("mean return -5.12  win rate 75%  episodes 1,002")
    assert len(lines) == 4


def test_quiet_shows_nothing(capsys):
    with ProgressDisplay(quiet=True) as display:
        display.begin("archer", total=1)
        display.advance(loss=1.0)
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


def test_values_that_do_not_exist_are_left_out():
    with ProgressDisplay(Console(file=io.StringIO())) as display:
        display.begin("archer", total=1)
        display.advance(win_rate=None, loss=2.0)
    assert describe({"kl": 0.000123456, "invalid_rate": 0.061}) == "kl 0.000123  invalid rate 6%"
