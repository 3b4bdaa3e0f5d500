"""Tasks of one's own, written in Python."""

from archer.env.python.task import TextEnv, load_task
from archer.env.python.vector import PythonVectorEnv

__all__ = ["PythonVectorEnv", "TextEnv", "load_task"]
