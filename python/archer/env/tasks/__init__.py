"""The built-in tasks: what each is called, what it takes, and who can play it.

The rules are simulated in Rust; a module here holds a task's `EnvironmentSpec`, its scripted
policies, and its exact values where these can be had.
"""

from archer.env.spec import EnvironmentSpec
from archer.env.tasks import (
    car_dealer,
    chess,
    corridor,
    guess_my_city,
    manor,
    maze,
    text_nav,
    twenty_questions,
    wordle,
    zmachine,
)

SPECS: tuple[EnvironmentSpec, ...] = (
    *twenty_questions.SPECS,
    *guess_my_city.SPECS,
    *wordle.SPECS,
    *maze.SPECS,
    *text_nav.SPECS,
    *manor.SPECS,
    *zmachine.SPECS,
    *chess.SPECS,
    *car_dealer.SPECS,
    *corridor.SPECS,
)
"""All of them, in the order in which they are listed."""
