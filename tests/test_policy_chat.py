"""Dialogues by chat templates: append-only, or refused with the turn that broke them."""

import copy
from itertools import chain, pairwise

import pytest
import torch

from archer.config import PolicyConfig
from archer.env import TextEnv, vectorize
from archer.errors import ModelError
from archer.policy import Policy
from archer.rollout import collect

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA3 = (
    "<|begin|>{% for m in messages %}<|head|>{{ m.role }}<|/head|>\n\n{{ m.content | trim }}"
    "<|im_end|>{% endfor %}{% if add_generation_prompt %}<|head|>assistant<|/head|>\n\n{% endif %}"
)
THINKING = CHATML.replace(
    "{{ m.content }}",
    "{% if loop.last %}{{ m.content }}{% else %}{{ m.content.split('&')[-1] }}{% endif %}",
)
LATE_SYSTEM = "{% if messages | length > 4 %}<|head|>Be short.{% endif %}" + CHATML
NO_END = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
SPECIAL = ["<|im_start|>", "<|im_end|>", "<|begin|>", "<|head|>", "<|/head|>"]


class Quiz(TextEnv):
    max_turns = 4

    def reset(self, rng):
        return "Guess a number.\n"

    def step(self, utterance):
        return " Higher! ", -1.0, False


@pytest.fixture
def chat(model_folder, tokenizer):
    def make(template):
        base = Policy.load(PolicyConfig(model=model_folder("gpt2"), device="cpu"))
        own = copy.deepcopy(tokenizer)
        own.add_special_tokens({"additional_special_tokens": SPECIAL})
        own.eos_token = "<|im_end|>"
        own.chat_template = template
        return Policy(base.model, own, 6, 1.0, chat=True)

    return make


def text_of(policy, ids):
    return policy.tokenizer.decode(ids, clean_up_tokenization_spaces=False)


def test_chatml_pieces(chat):
    policy = chat(CHATML)
    assert text_of(policy, policy.encode_opening("Hi")) == (
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    )
    assert text_of(policy, policy.encode_utterance("Is it 3?")) == "Is it 3?<|im_end|>"
    assert text_of(policy, policy.encode_observation("No.")) == (
        "\n<|im_start|>user\nNo.<|im_end|>\n<|im_start|>assistant\n"
    )


@pytest.mark.parametrize("template", [CHATML, LLAMA3], ids=["chatml", "llama3"])
def test_joined_pieces_are_what_the_template_writes(chat, template):
    policy = chat(template)
    texts = ["Guess.", "Is it 3?", "Higher!", "5, or 6", "Yes."]
    pieces = [policy.encode_opening(texts[0])]
    for said, heard in zip(texts[1::2], texts[2::2], strict=True):
        pieces += [policy.encode_utterance(said), policy.encode_observation(heard)]
    messages = [
        {"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(texts)
    ]
    whole = policy.tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_dict=False
    )
    assert list(chain(*pieces)) == whole
    assert [policy.decode(piece) for piece in pieces] == texts


@pytest.mark.parametrize("template", [CHATML, LLAMA3], ids=["chatml", "llama3"])
def test_rollouts_of_a_chat_policy(chat, template):
    policy = chat(template)
    env = vectorize(Quiz, 2, seed=0)
    for episode in collect(policy, env, 3, torch.Generator().manual_seed(0)):
        trajectory = episode.trajectory
        pieces = [trajectory.tokens[a:b].tolist() for a, b in pairwise(trajectory.boundaries)]
        assert pieces[0] == policy.encode_opening("Guess a number.\n")
        assert all(piece == policy.encode_observation(" Higher! ") for piece in pieces[2::2])
        logprobs, _ = policy(
            torch.tensor(trajectory.tokens)[None], torch.tensor([len(trajectory.tokens)])
        )
        spoken = list(pairwise(trajectory.boundaries))[1::2]
        said = [place for start, end in spoken for place in range(start, end)]
        expected = logprobs[0, said].detach().numpy()
        assert trajectory.logprobs == pytest.approx(expected, abs=1e-4)


def test_a_template_that_drops_earlier_thinking_is_refused_at_its_turn(chat):
    policy = chat(THINKING)
    policy.check_turn(["Guess.", "3", "Higher!"])
    policy.check_turn(["Guess.", "3", "Higher!", "4", "Higher!"])
    with pytest.raises(ModelError, match="does not keep the prefix: in turn 1 it writes"):
        policy.check_turn(["Guess.", "3", "Higher!", "higher than 3 & 4", "Higher!"])


def test_a_template_that_changes_its_beginning_is_refused_in_the_rollout(chat):
    policy = chat(LATE_SYSTEM)
    with pytest.raises(ModelError, match="in turn 1 it writes what came before"):
        collect(policy, vectorize(Quiz, 2, seed=0), 2, torch.Generator().manual_seed(0))


def test_templates_that_cannot_be_used(chat):
    with pytest.raises(ModelError, match=r"does not end an utterance .* '<\|im_end\|>'"):
        chat(NO_END)
    with pytest.raises(ModelError, match="has none; set policy"):
        chat(None)
