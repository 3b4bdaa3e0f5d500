"""What a policy played with a shortened context is not learned from in full."""

import pytest

from archer.config import config_from_dict
from archer.errors import ContextTooLongError
from archer.policy import Policy
from archer.rollout import assemble
from archer.train import train
from archer.windows import check_whole


def episode(*lengths):
    pieces = [[1] * length for length in lengths]
    said = sum(lengths[1::2])
    return assemble(
        pieces, [0.0] * (len(lengths) // 2), [0.0] * said, terminated=True, truncated=False
    )


def test_the_context_of_the_last_turn_counts():
    short, long = episode(5, 2, 3), episode(5, 2, 3, 2, 9)  # 5 tokens, and 5 + 2 + 3
    check_whole([short, long], 10)
    check_whole([short, long], None)
    check_whole([], 1)
    with pytest.raises(ContextTooLongError, match=r"context of 10 tokens outgrew the 9 that"):
        check_whole([short, long], 9)


def test_a_run_whose_episodes_outgrow_the_policy_says_what_to_lower(tmp_path, monkeypatch):
    monkeypatch.setattr(Policy, "max_prompt", property(lambda _: 70))
    config = config_from_dict(
        {
            "env": {"id": "twenty_questions_subset", "num_envs": 4, "options": {"max_turns": 12}},
            "policy": {"max_new_tokens": 6, "device": "cpu"},
            "bc": {"steps": 0},
            "archer": {"iterations": 1, "episodes_per_iteration": 4},
            "eval": {"episodes": 4, "every": 0, "final_episodes": 4, "num_envs": 4},
            "run": {"out": str(tmp_path / "run"), "threads": 1},
        }
    )
    with pytest.raises(ContextTooLongError, match="no method learns from them yet: lower"):
        train(config, quiet=True)
    assert any((tmp_path / "run" / "checkpoints").iterdir())
