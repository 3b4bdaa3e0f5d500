"""archer's tasks in Python, written for the comparison.

`tuned_*` are as quick as plain Python gets; `lmrl_*` go about it the way LMRL-Gym does (Abdulhai et
al., arXiv 2311.18232). They say and pay what archer's tasks do, which a test checks.
"""
