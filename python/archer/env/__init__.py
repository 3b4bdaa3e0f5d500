"""Environments that speak text, with Gymnasium's interfaces."""

from archer.env.answerer import Answerer, TransformersAnswerer
from archer.env.catalogue import ids, specs
from archer.env.exact import explore
from archer.env.grouped import GroupedStarts
from archer.env.mdp import Mdp, Solution, Walk, epsilon_greedy
from archer.env.native import NativeVectorEnv
from archer.env.python import PythonVectorEnv, TextEnv
from archer.env.registration import make, make_vec, register, vectorize
from archer.env.script import ScriptedPolicy
from archer.env.scripts import scripted
from archer.env.single import TextSingleEnv
from archer.env.spec import EnvironmentSpec
from archer.env.values import optimal_value
from archer.env.vector import AnyText, TextStep, TextVectorEnv

__all__ = [
    "Answerer",
    "AnyText",
    "EnvironmentSpec",
    "GroupedStarts",
    "Mdp",
    "NativeVectorEnv",
    "PythonVectorEnv",
    "ScriptedPolicy",
    "Solution",
    "TextEnv",
    "TextSingleEnv",
    "TextStep",
    "TextVectorEnv",
    "TransformersAnswerer",
    "Walk",
    "epsilon_greedy",
    "explore",
    "ids",
    "make",
    "make_vec",
    "optimal_value",
    "scripted",
    "specs",
    "vectorize",
]

register()
