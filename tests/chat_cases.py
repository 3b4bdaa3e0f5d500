"""Chats, and files with them, that the tests of their import and export share."""

import json

from hypothesis import strategies as st

GOOD = {
    "messages": [
        {"role": "user", "content": "Questions:\n"},
        {"role": "assistant", "content": "Is it alive?"},
        {"role": "user", "content": "Yes."},
        {"role": "assistant", "content": "Is it a dog?"},
    ],
    "rewards": [-1, 0.5],
}
FULL = {
    **GOOD,
    "terminated": True,
    "truncated": False,
    "policy_version": 3,
    "env_id": "game",
    "seed": 2**64 - 1,
    "extra": {"a": [1, None]},
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def chat_file(folder, *lines):
    """The path of a file with these lines, given as objects, text or bytes."""
    texts = [line if isinstance(line, (str, bytes)) else json.dumps(line) for line in lines]
    path = folder / "chats.jsonl"
    path.write_bytes(
        b"".join(t + b"\n" if isinstance(t, bytes) else f"{t}\n".encode() for t in texts)
    )
    return path


def said(*contents, roles=("user", "assistant")):
    """Messages with these contents, from one role and the other in turn."""
    return [{"role": roles[i % 2], "content": text} for i, text in enumerate(contents)]
