"""Dialogues by chat templates: append-only, or refused with the turn that broke them."""

import copy
from itertools import chain, pairwise

import pytest
import torch

from archer import TrajectoryStore
from archer.algorithms.gigpo import equal_states
from archer.config import PolicyConfig
from archer.env import TextEnv, vectorize
from archer.errors import ModelError
from archer.exchange.texts import decode
from archer.policy import Policy
from archer.rollout import collect
from archer.sampler import Sampler
from archer.windows import learning_rows

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
TWO_ENDS = (  # The end of an utterance is three tokens.
    "{% for m in messages %}<|head|>{{ m.role }}\n{{ m.content }}\n<|/head|><|im_end|>{% endfor %}"
    "{% if add_generation_prompt %}<|head|>assistant\n{% endif %}"
)
NO_END = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
SPECIAL = ["<|im_start|>", "<|im_end|>", "<|begin|>", "<|head|>", "<|/head|>"]


class Quiz(TextEnv):
    max_turns = 4

    def reset(self, rng):
        return "Guess a number.\n"

    def step(self, utterance):
        return " Higher! ", -1.0, False


class Lecture(Quiz):
    """Its answers fill the model's positions after three turns."""

    def step(self, utterance):
        return "Is it higher or lower? " * 10, -1.0, False


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


def written(policy, texts):
    """What the template makes of a whole dialogue, up to the next utterance."""
    messages = [
        {"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(texts)
    ]
    return policy.tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_dict=False
    )


def saying(utterances, contexts=None):
    """A sampler, of one row, that says these tokens; notes the context that it says each in."""
    said = chain(*utterances)

    class Saying(Sampler):
        def distribution(self, logits, hidden):
            if contexts is not None and not self._rows[0].saying.tokens:
                contexts.append(self._rows[0].context())
            logprobs = torch.full_like(logits, -torch.inf)
            logprobs[:, next(said)] = 0.0
            return logprobs

    return Saying


def cut_off(policy):
    """Utterances of six tokens, the limit, that end, do not, or do in the middle of their end."""
    six = policy.tokenizer.encode("Is it higher than the three of us?")[:6]
    end = policy.encode_utterance("x")[1:]
    return [six, [*six[: 6 - len(end)], *end], [*six[:5], *end[:1]], [*six[:4], *end[:2]]]


TEMPLATES = {"chatml": CHATML, "llama3": LLAMA3, "two_ends": TWO_ENDS}


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_an_utterance_that_was_cut_off_gets_its_end_in_the_observation(chat, template):
    policy = chat(template)
    utterances = cut_off(policy)
    (episode,) = collect(
        policy, vectorize(Quiz, 1, seed=0), 1, torch.Generator(), sampler=saying(utterances)
    )
    tokens, bounds = episode.trajectory.tokens.tolist(), episode.trajectory.boundaries.tolist()
    pieces = [tokens[a:b] for a, b in pairwise(bounds)]
    assert tokens == written(policy, episode.texts)
    assert pieces[1::2] == utterances  # nothing more is learned
    assert [text.strip() for text in decode(policy, episode.trajectory)] == [
        text.strip() for text in episode.texts
    ]


def test_an_observation_is_the_same_state_after_an_utterance_that_was_cut_off(chat):
    policy = chat(CHATML)
    (episode,) = collect(
        policy,
        vectorize(Quiz, 1, seed=0),
        1,
        torch.Generator(),
        sampler=saying(cut_off(policy)),
    )
    store = TrajectoryStore()
    store.append(episode.trajectory)
    batch, group = store.gather([0]).to("cpu"), torch.zeros(1, dtype=torch.int64)
    assert equal_states(batch, group, policy.writing.unframed).tolist() == [0, 1, 1, 1]
    assert equal_states(batch, group, None).tolist() == [0, 1, 2, 3]


def test_an_end_of_the_policys_own_choice_stays(chat):
    policy = chat(TWO_ENDS)
    end = policy.end_token
    heard = policy.encode_observation("Yes.")
    assert policy.encode_observation("Yes.", after=[5, end]) == heard
    assert policy.encode_observation("Yes.", after=[]) == policy.encode_utterance("x")[1:] + heard


def test_turns_that_were_cut_off_are_left_out_with_their_end(chat):
    policy = chat(CHATML)
    utterances, contexts = [cut_off(policy)[0]] * 4, []
    (episode,) = collect(
        policy,
        vectorize(Lecture, 1, seed=0),
        1,
        torch.Generator(),
        sampler=saying(utterances, contexts),
    )
    opening, *later = episode.texts
    assert contexts[1] == written(policy, [opening, *later[:2]])
    assert contexts[3] == written(policy, [opening, *later[4:6]])
    store = TrajectoryStore()
    store.append(episode.trajectory)
    batch = learning_rows(store, [0], policy.max_prompt)
    row = batch.tokens[batch.row[3], : batch.context_end[3] + 1].tolist()
    assert row == contexts[3]
    assert (batch.turn_of_token >= 0).sum() == sum(map(len, utterances))


@pytest.mark.parametrize("template", [CHATML, LLAMA3], ids=["chatml", "llama3"])
def test_joined_pieces_are_what_the_template_writes(chat, template):
    policy = chat(template)
    texts = ["Guess.", "Is it 3?", "Higher!", "5, or 6", "Yes."]
    pieces = [policy.encode_opening(texts[0])]
    for said, heard in zip(texts[1::2], texts[2::2], strict=True):
        pieces += [policy.encode_utterance(said), policy.encode_observation(heard)]
    assert list(chain(*pieces)) == written(policy, texts)
    assert [policy.decode(piece) for piece in pieces] == texts


@pytest.mark.parametrize("template", [CHATML, LLAMA3], ids=["chatml", "llama3"])
def test_rollouts_of_a_chat_policy(chat, template):
    policy = chat(template)
    env = vectorize(Quiz, 2, seed=0)
    for episode in collect(policy, env, 3, torch.Generator().manual_seed(0)):
        trajectory = episode.trajectory
        pieces = [trajectory.tokens[a:b].tolist() for a, b in pairwise(trajectory.boundaries)]
        assert pieces[0] == policy.encode_opening("Guess a number.\n")
        for said, heard in zip(pieces[1::2], pieces[2::2], strict=True):
            assert heard == policy.encode_observation(" Higher! ", after=said)
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
