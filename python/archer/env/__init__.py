"""Environments that speak text, with Gymnasium's interfaces."""

from archer.env.answerer import Answerer, TransformersAnswerer
from archer.env.grouped import GroupedStarts
from archer.env.native import NativeVectorEnv
from archer.env.python import PythonVectorEnv, TextEnv
from archer.env.registration import make, make_vec, register, vectorize
from archer.env.scripts import ScriptedPolicy, scripted
from archer.env.single import TextSingleEnv
from archer.env.spec import EnvironmentSpec, ids, specs
from archer.env.vector import AnyText, TextStep, TextVectorEnv

__all__ = [
    "Answerer",
    "AnyText",
    "EnvironmentSpec",
    "GroupedStarts",
    "NativeVectorEnv",
    "PythonVectorEnv",
    "ScriptedPolicy",
    "TextEnv",
    "TextSingleEnv",
    "TextStep",
    "TextVectorEnv",
    "TransformersAnswerer",
    "ids",
    "make",
    "make_vec",
    "scripted",
    "specs",
    "vectorize",
]

register()
