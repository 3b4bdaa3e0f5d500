"""An external language model, or any callable, in place of the simulator's answers."""

import subprocess
import sys

import pytest
import torch
from transformers import T5Config, T5ForConditionalGeneration

import archer
import archer.errors
from archer.env import TransformersAnswerer
from archer.errors import ActionError, EnvError, EpisodeFinishedError, ModelError

SUBSET = "twenty_questions_subset"


@pytest.fixture(scope="module")
def t5_folder(tmp_path_factory, tokenizer):
    folder = tmp_path_factory.mktemp("t5")
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=16,
        d_kv=4,
        d_ff=16,
        num_layers=1,
        num_heads=2,
        decoder_start_token_id=0,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=0,
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def scripted_answers(answers):
    heard = []

    def answer(objects, questions):
        heard.append((objects, questions))
        return answers[: len(questions)]

    return answer, heard


def test_a_callable_is_asked_and_its_answers_are_read_as_the_paper_reads_them():
    answers = ["Yes, it is.", "no", "maybe", "YES", "Nothing of the sort", ""]
    answerer, heard = scripted_answers(answers)
    envs = archer.make_vec(SUBSET, 6, answerer=answerer)
    envs.reset(options={"object": "dog"})
    questions = ["Is it blue?", "Is it alive?", "Is it a dog?", "Is it a dog?", "Is it red?", "hm"]
    step = envs.step_at(range(6), questions)
    assert heard == [(["dog"] * 6, questions)]
    yes, no, invalid = "Yes.", "No.", "Invalid Question."
    assert step.observations == [yes, no, invalid, yes, no, invalid]
    assert step.terminated.tolist() == [False, False, False, True, False, False]
    assert step.infos["win"].tolist() == step.terminated.tolist()
    assert step.infos["invalid"].tolist() == [False, False, True, False, False, True]
    assert step.rewards.tolist() == [-1, -1, -1, 0, -1, -1]


def test_half_characters_reach_the_answerer_as_whole_text():
    answerer, heard = scripted_answers(["no"])
    envs = archer.make_vec(SUBSET, 1, answerer=answerer)
    envs.reset()
    envs.step(["a\udc80b"])
    assert heard[0][1] == ["a?b"]


def test_nobody_is_asked_about_a_step_that_is_refused():
    answerer, heard = scripted_answers(["no"] * 3)
    envs = archer.make_vec(SUBSET, 2, answerer=answerer, max_turns=1)
    with pytest.raises(EpisodeFinishedError, match="has begun"):
        envs.step(["a", "b"])
    envs.reset()
    for bad in (["a"], "ab", ["a", None]):
        with pytest.raises(ActionError):
            envs.step_at([0, 1], bad)
    assert heard == []
    envs.step_at([0], ["a"])
    with pytest.raises(EpisodeFinishedError, match="0 is over"):
        envs.step_at([0, 1], ["a", "b"])
    assert len(heard) == 1


@pytest.mark.parametrize("answers", [[], ["yes"], ["yes", None], [1, 2]])
def test_wrong_answers_of_a_callable(answers):
    envs = archer.make_vec(SUBSET, 2, answerer=lambda objects, questions: answers)
    envs.reset()
    with pytest.raises(EnvError, match="must return one str for each"):
        envs.step(["a", "b"])
    assert envs.finished([0, 1]).tolist() == [False, False]


@pytest.mark.parametrize("family", ["t5", "gpt2", "llama"])
def test_models_answer_in_batches_as_they_do_alone(family, t5_folder, model_folder):
    answerer = TransformersAnswerer(t5_folder if family == "t5" else model_folder(family), "cpu")
    objects, questions = ["dog", "pair of scissors"], ["Is it alive?", "Is it sharp, say?"]
    answers = answerer(objects, questions)
    assert len(answers) == 2
    alone = [answerer([o], [q])[0] for o, q in zip(objects, questions, strict=True)]
    assert answers == alone


def test_an_environment_takes_a_folder(t5_folder):
    envs = archer.make_vec(SUBSET, 2, answerer=t5_folder)
    envs.reset()
    assert envs.step(["Is it alive?", "Is it a dog?"])[0]


def test_models_that_there_are_not(tmp_path):
    for name in (str(tmp_path), str(tmp_path / "missing")):
        with pytest.raises(ModelError, match="no answerer can be loaded from"):
            archer.make_vec(SUBSET, 1, answerer=name)
    with pytest.raises(archer.errors.OptionError, match="answerer is 3"):
        archer.make_vec(SUBSET, 1, answerer=3)


def test_the_environments_need_neither_torch_nor_transformers():
    code = (
        "import sys, archer.env; archer.env.make('twenty_questions').reset(); "
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert found.stdout.strip() == "[]"
