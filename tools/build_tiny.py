"""Writes the built-in tiny model's configuration and tokenizer into ``python/archer/tiny``.

The tokenizer is a byte-level BPE, so it encodes any text; its merges are learned from the words
of the built-in environments, so that a question takes few tokens. When their texts change:

    python tools/build_tiny.py
"""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, PreTrainedTokenizerFast

from archer.env import make_vec, scripted

FOLDER = Path(__file__).parent.parent / "python" / "archer" / "tiny"
END = "<|end|>"
EPISODES = 2000
VOCABULARY = 1024
POSITIONS = 1024


def dialogues(env_id: str) -> list[str]:
    """Texts of episodes as a policy reads them, by the noisiest scripted policy."""
    env = make_vec(env_id, 100, seed=0)
    player = scripted(env_id, "random", seed=0)
    texts = []
    for _ in range(EPISODES // 100):
        running = list(range(100))
        heard = env.reset_at(running)
        player.begin(running)
        texts += heard
        while running:
            said = player.act(running, heard)
            step = env.step_at(running, said)
            texts += said + [f" {text}\n" for text in step.observations]
            over = step.terminated | step.truncated
            heard = [text for text, end in zip(step.observations, over, strict=True) if not end]
            running = [index for index, end in zip(running, over, strict=True) if not end]
    return texts


def main() -> None:
    """Trains the tokenizer and saves both."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    # Scripts rarely hear this answer, but a policy that is learning does.
    corpus = [" Invalid Question.\n"] * EPISODES
    corpus += [
        text for env in ("twenty_questions_subset", "twenty_questions") for text in dialogues(env)
    ]
    tokenizer.train_from_iterator(corpus, trainer)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        bos_token=END,
        pad_token=END,
        model_max_length=POSITIONS,
    ).save_pretrained(FOLDER)
    GPT2Config(
        vocab_size=VOCABULARY,
        n_positions=POSITIONS,
        activation_function="relu",
        n_embd=64,
        n_layer=2,
        n_head=4,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=0,
        eos_token_id=0,
        architectures=["GPT2LMHeadModel"],
    ).save_pretrained(FOLDER)


if __name__ == "__main__":
    main()
