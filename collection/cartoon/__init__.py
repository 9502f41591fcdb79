"""Cartoon clips of our own making: short faces whose look and voice carry an emotion.

They fill the demo corpus on a machine that has no videos yet. Everything is drawn and
sounded from a seed, so the same seed always gives the same clip.
"""

from collection.cartoon.cast import (
    CastMember,
    demo_cast,
    example_cast,
    labeled_cast,
    unopened_cast,
)
from collection.cartoon.clip import draw_clip
from collection.cartoon.moods import MOODS

__all__ = [
    "MOODS",
    "CastMember",
    "demo_cast",
    "draw_clip",
    "example_cast",
    "labeled_cast",
    "unopened_cast",
]
