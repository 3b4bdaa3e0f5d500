"""Transcripts of built-in tasks: `python tests/golden.py` writes those that are missing.

A transcript that changes changes what is stored and learned under the same seeds: delete its file
and write it anew only if that is meant, and say so in the changelog.
"""

import hashlib
from pathlib import Path

from archer.env import scripted, specs
from env_cases import make_vec
from stories import FOLDER as STORIES

FOLDER = Path(__file__).parent / "data" / "golden"
NONSENSE = ["", "hm?", "🐕\nÉ \x00 \udc80", "go on " * 50]


def transcript(spec):
    """An episode by each scripted policy, and one of whoever talks nonsense, as text."""
    parts = []
    for name in spec.scripted:
        policy = scripted(spec.id, name, seed=5)
        policy.begin([1])
        parts += [f"### {name}", *_episode(spec.id, lambda heard, p=policy: p.act([1], [heard])[0])]
    said = iter(NONSENSE)
    parts += ["### nonsense", *_episode(spec.id, lambda _: next(said, None))]
    return "\n".join(parts) + "\n"


def recorded(spec):
    """What the file has: the transcript, or its hash where the text is somebody else's."""
    text = transcript(spec)
    return f"{hashlib.sha256(text.encode()).hexdigest()}\n" if spec.needs else text


def _episode(env_id, speak):
    """The lines of episode 1 of environment 1 of 2."""
    envs = make_vec(env_id, 2, seed=11)
    envs.seek([1, 1])
    (heard,) = envs.reset_at([1])
    yield heard
    over = False
    while not over and (utterance := speak(heard)) is not None:
        step = envs.step_at([1], [utterance])
        (heard,) = step.observations
        flags = {"terminated": step.terminated, "truncated": step.truncated, **step.infos}
        told = [f"{step.rewards[0]:g}", *(name for name, flag in flags.items() if flag[0])]
        yield f"> {utterance!a}\n{heard} [{', '.join(told)}]"
        over = bool(step.terminated[0] or step.truncated[0])
    yield f"hidden: {envs.hidden([1])[0]}"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for task in specs():
        path = FOLDER / f"{task.id}.txt"
        if not path.exists() and not (task.needs and not STORIES.is_dir()):
            path.write_text(recorded(task), encoding="utf-8")
            print(f"{path} is written")
