"""The configuration of a comparison: what runs follow from it, and what it refuses."""

from pathlib import Path

import pytest
import yaml

from archer.cli import main
from archer.compare import load_comparison, planned_runs
from archer.config import check_config
from archer.errors import ConfigError

GOOD = {
    "out": "runs/it",
    "seeds": [3, 1],
    "jobs": 2,
    "episodes": 64,
    "evaluate_every": 32,
    "threshold": -5,
    "reference": "archer",
    "base": {
        "env": {"id": "twenty_questions_subset", "options": {"max_turns": 6}},
        "bc": {"steps": 7},
        "archer": {"episodes_per_iteration": 8, "discount": 0.5},
    },
    "variants": {
        "archer": {},
        "td": {
            "archer": {
                "advantage": "td",
                "actor_data": "fresh_trajectories",
                "actor_epochs": 1,
                "episodes_per_iteration": 16,
            }
        },
    },
}


def written(tmp_path, data):
    path = tmp_path / "compare.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False))
    return path


def changed(dotted, value):
    data = yaml.safe_load(yaml.safe_dump(GOOD))
    *sections, key = dotted.split("/")
    inner = data
    for section in sections:
        inner = inner.setdefault(section, {})
    inner[key] = value
    return data


def test_all_variants_share_what_makes_them_comparable(tmp_path):
    runs = list(planned_runs(load_comparison(written(tmp_path, GOOD))))
    assert [str(run) for run in runs] == [
        *(f"warm_start, seed {seed}" for seed in (3, 1)),
        *(f"{label}, seed {seed}" for seed in (3, 1) for label in ("archer", "td")),
    ]
    for run in runs:
        check_config(run.config)
        assert run.folder == Path("runs/it/runs") / run.label / f"seed-{run.seed}"
        assert (run.config.run.seed, run.config.run.threads) == (run.seed, 1)
        assert run.config.env.options == {"max_turns": 6}
        assert run.config.archer.discount == 0.5
    for warm in runs[:2]:
        assert (warm.config.bc.steps, warm.config.method) == (7, "bc")
        assert warm.config.policy.model == "tiny"
    for run, iterations, every in zip(runs[2:], [8, 4, 8, 4], [4, 2, 4, 2], strict=True):
        warm = f"runs/it/runs/warm_start/seed-{run.seed}"
        assert run.config.policy.model == f"{warm}/warm_start"
        assert (run.config.bc.steps, run.config.bc.store) == (0, f"{warm}/demonstrations")
        assert (run.config.archer.iterations, run.config.eval.every) == (iterations, every)
    assert [run.config.archer.advantage for run in runs[2:4]] == ["q_minus_v", "td"]


def test_the_example_of_the_documentation_can_be_used(request, tmp_path):
    text = (request.config.rootpath / "docs" / "compare.md").read_text(encoding="utf-8")
    path = tmp_path / "compare.yaml"
    path.write_text(text.split("```yaml\n")[1].split("```")[0])
    comparison = load_comparison(path)
    assert comparison.reference == "archer"
    assert len(list(planned_runs(comparison))) == 9


def test_demonstrations_that_are_given_stay_where_they_are(tmp_path):
    *_, last = planned_runs(load_comparison(written(tmp_path, changed("base/bc/store", "demos"))))
    assert last.config.bc.store == "demos"


def test_the_command_wins_over_the_file(tmp_path):
    comparison = load_comparison(written(tmp_path, GOOD), out="elsewhere", jobs=5)
    assert (comparison.out, comparison.jobs) == ("elsewhere", 5)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("sedes", [1], r"unknown key 'sedes' in .*compare\.yaml; did you mean 'seeds'"),
        ("out", 3, r"out in .* is 3; expected a string"),
        ("seeds", [], r"seeds in .* is \[\]; expected at least one"),
        ("seeds", [1, 1], r"seeds in .* is \[1, 1\]; .* none twice"),
        ("seeds", [-1], r"seeds in .* expected a value from 0"),
        ("seeds", [10_000], r"seeds in .* holds eval\.seed \(10000\)"),
        ("jobs", 0, r"jobs in .* is 0; expected a value at least 1"),
        ("episodes", 0, r"episodes in .* is 0; expected"),
        ("episodes", 72, r"episodes in .* is 72, .* multiple of the 16 of .* variant 'td'"),
        ("evaluate_every", 24, r"evaluate_every in .* is 24, .* multiple of the 16"),
        ("threshold", "high", r"threshold in .* is 'high'; expected a number or null"),
        ("threshold", float("nan"), r"threshold in .* is nan"),
        ("reference", "archre", r"reference in .* is 'archre', .* did you mean 'archer'"),
        ("base", [], r"base in .* is \[\]; expected a mapping"),
        ("base/archr", {}, r"unknown key 'archr' in base of .*did you mean 'archer'"),
        ("base/archer/discont", 1, r"unknown key 'archer\.discont' in base of"),
        ("base/archer/iterations", 9, r"archer\.iterations in base .* set 'episodes'"),
        ("base/run", {"seed": 1}, r"run\.seed in base .* set 'seeds'"),
        ("base/run", {"out": "x"}, r"run\.out in base .* is set by the comparison"),
        ("base/run", {"threads": 2}, r"run\.threads in base .* set 'jobs'"),
        ("base/eval", {"every": 2}, r"eval\.every in base .* set 'evaluate_every'"),
        ("variants", {}, r"variants in .* is empty"),
        ("variants/td", None, r"variants in .* expected a mapping of names to values at 'td'"),
        ("variants/warm_start", {}, r"label 'warm_start' of variants"),
        ("variants/a|b", {}, r"label 'a\|b' of variants .* name of a folder"),
        ("variants/..", {}, r"label '\.\.' of variants"),
        (
            "variants/td/archer/actor_data",
            "fresh_utterances",
            r"variant 'td' of .*: archer\.advantage 'td' needs the reward",
        ),
        ("variants/td/policy/temperature", 0.2, r"policy\.temperature in variant 'td' .* not be a"),
        ("variants/td/policy/top_p", 0.5, r"policy\.top_p in variant 'td' .* not be a"),
        ("variants/td/method", "ilql", r"method in variant 'td' of .* plays no episodes"),
        ("variants/td/method", "archr", r"method in variant 'td' of .* 'archer'"),
        ("variants/td/archer/advantage", "dt", r"archer\.advantage in variant 'td' of .*'td'"),
        ("variants/td/archer/discont", 1, r"'archer\.discont' in variant 'td' of .*'discount'"),
        ("variants/td/archer/iterations", 1, r"archer\.iterations in variant 'td'.*'episodes'"),
        ("variants/td/run", {"seed": 3}, r"run\.seed in variant 'td' .* set 'seeds'"),
        ("variants/td/env", {}, r"env in variant 'td' .* not be a fair comparison; set it in base"),
        ("variants/td/bc", {"steps": 1}, r"bc in variant 'td' .* set it in base"),
        ("variants/td/eval", {"episodes": 1}, r"eval in variant 'td' .* set it in base"),
        ("variants/td/policy", {"model": "x"}, r"policy\.model in variant 'td' .* in base"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, key, value, message):
    path = written(tmp_path, changed(key, value))
    with pytest.raises(ConfigError, match=message):
        load_comparison(path)


def test_the_command_line_refuses_in_one_line(tmp_path, capsys):
    path = written(tmp_path, changed("episodes", 72))
    assert main(["compare", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("archer: episodes in ")
    assert error.count("\n") == 1
    assert main(["compare", str(path), "--jobs", "0"]) == 2
    assert "--jobs is 0; expected at least 1" in capsys.readouterr().err
    assert main(["compare", str(tmp_path / "no.yaml")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_help_says_what_it_does(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        main(["compare", "--help"])
    shown = capsys.readouterr().out
    for part in ("CONFIG.yaml", "--out", "--jobs", "docs/compare.md", "give the same command"):
        assert part in shown


def test_the_configuration_of_a_run_is_recognized(tmp_path):
    with pytest.raises(ConfigError, match=r"the configuration of one run .* below 'base'"):
        load_comparison(written(tmp_path, {"env": {"id": "corridor"}, "method": "ppo"}))


@pytest.mark.parametrize("setting", [{"lora_rank": 8}, {"lora_rank": None}, {"lora_alpha": 1}])
def test_variants_go_on_with_the_adapters_of_the_warm_start(tmp_path, setting):
    data = changed("base/policy", {"model": "a/b", "lora_rank": 16})
    data["variants"]["td"]["policy"] = setting
    (name,) = setting
    with pytest.raises(
        ConfigError, match=rf"policy\.{name} in variant 'td' .* no effect: every var"
    ):
        load_comparison(written(tmp_path, data))
    for base in ({"model": "a/b"}, {"model": "tiny", "lora_rank": 16}):
        data["base"]["policy"] = base
        assert load_comparison(written(tmp_path, data))
