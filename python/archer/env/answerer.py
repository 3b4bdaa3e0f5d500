"""A language model that answers the agent's questions in place of the simulator.

The only file of `archer.env` that knows transformers, which it imports when a model is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archer.errors import EnvError, ModelError, OptionError
from archer.hub import out_of_reach

Answerer = Callable[[list[str], list[str]], list[str]]
"""Takes what is hidden and what was asked, and gives one answer for each."""

PROMPT = "The object is {object}. {question}"
MAX_NEW_TOKENS = 16


class TransformersAnswerer:
    """Answers by greedy decoding of a sequence-to-sequence or causal model.

    The paper's code answers with flan-t5 in this manner (arXiv 2402.19446, section 5.1).

    Args:
        model: name on the Hugging Face hub, or a local folder.
        device: where the model runs.
        prompt: with ``{object}`` for what is hidden and ``{question}`` for the utterance.
        max_new_tokens: of an answer, at most.

    Raises:
        ModelError: the model or its tokenizer cannot be loaded.
    """

    def __init__(
        self,
        model: str,
        device: str | None = None,
        *,
        prompt: str = PROMPT,
        max_new_tokens: int = MAX_NEW_TOKENS,
    ) -> None:
        import torch  # noqa: PLC0415 - takes seconds, which the simulators do not need
        import transformers as hf  # noqa: PLC0415 - likewise

        self.prompt, self.max_new_tokens = prompt, max_new_tokens
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        unreachable = out_of_reach(model)
        cached = {"local_files_only": unreachable is not None}
        try:
            config = hf.AutoConfig.from_pretrained(model, **cached)
            self.is_encoder_decoder = bool(config.is_encoder_decoder)
            kind = "AutoModelForSeq2SeqLM" if self.is_encoder_decoder else "AutoModelForCausalLM"
            self.tokenizer: Any = hf.AutoTokenizer.from_pretrained(
                model, padding_side="left", **cached
            )
            loaded = getattr(hf, kind).from_pretrained(model, adapter_kwargs=cached, **cached)
            self.model: Any = loaded.to(self.device).eval()
        except (OSError, ValueError, KeyError, ImportError) as error:
            wrong = unreachable or (
                f"{error}: give a folder or the name of a transformers model with a tokenizer"
            )
            raise ModelError(
                f"no answerer can be loaded from {model!r}: {wrong}, or a callable"
            ) from error
        if self.tokenizer.pad_token is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token

    def __call__(self, objects: list[str], questions: list[str]) -> list[str]:
        """One answer for each question."""
        import torch  # noqa: PLC0415 - as above

        prompts = [
            self.prompt.format(object=hidden, question=question)
            for hidden, question in zip(objects, questions, strict=True)
        ]
        batch = self.tokenizer(prompts, return_tensors="pt", padding=True).to(self.device)
        with torch.inference_mode():
            tokens = self.model.generate(
                input_ids=batch["input_ids"],
                attention_mask=batch["attention_mask"],
                max_new_tokens=self.max_new_tokens,
                do_sample=False,
                pad_token_id=self.tokenizer.pad_token_id,
            )
        start = 0 if self.is_encoder_decoder else batch["input_ids"].shape[1]
        texts: list[str] = self.tokenizer.batch_decode(tokens[:, start:], skip_special_tokens=True)
        return texts


def as_answerer(answerer: Answerer | str) -> Answerer:
    """A callable as it is; a name as the model it names.

    Raises:
        ModelError: the model cannot be loaded.
        OptionError: neither of these.
    """
    if isinstance(answerer, str):
        return TransformersAnswerer(answerer)
    if not callable(answerer):
        raise OptionError(f"answerer is {answerer!r}: give a model's name or folder, or a callable")
    return answerer


def ask(answerer: Answerer, objects: list[str], questions: list[str]) -> list[str]:
    """Asks, and checks what comes back. Half characters are replaced: tokenizers refuse them.

    Raises:
        EnvError: not one string for each question.
    """
    questions = [question.encode(errors="replace").decode() for question in questions]
    replies = list(answerer(objects, questions)) if objects else []
    if len(replies) != len(objects) or not all(isinstance(reply, str) for reply in replies):
        raise EnvError(
            f"the answerer {answerer!r} gave {replies!r} for {len(objects)} questions: it must "
            "return one str for each"
        )
    return replies
