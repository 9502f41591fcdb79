"""§2.2 as rows: labels, labelings, seats and votes.

Votes are facts and are kept for ever; a labeling's stage, pairs and valence are a cache of
`protocol.standing` that `manage.py recheck` recomputes. The rules that no code may break
are database constraints; triggers hold those that look beyond one row (`annotation/sql/`).
"""

from annotation.models.choices import ANSWERS, LEASE, SEAT_STAGES, STAGES
from annotation.models.guides import Example, PracticeClip
from annotation.models.labelings import Emotion, Labeling, LabelPair, SettingAside
from annotation.models.seats import Desk, Seat, SeatQueue, Skip
from annotation.models.votes import (
    EmotionVote,
    Note,
    ReliabilityVote,
    ValenceRating,
    Void,
    Vote,
)
from annotation.models.work import (
    ClipsAction,
    ClipsActionClip,
    Export,
    Opening,
    OpeningClip,
    SimulationRun,
    VoteImport,
)

__all__ = [
    "ANSWERS",
    "LEASE",
    "SEAT_STAGES",
    "STAGES",
    "ClipsAction",
    "ClipsActionClip",
    "Desk",
    "Emotion",
    "EmotionVote",
    "Example",
    "Export",
    "LabelPair",
    "Labeling",
    "Note",
    "Opening",
    "OpeningClip",
    "PracticeClip",
    "ReliabilityVote",
    "Seat",
    "SeatQueue",
    "SettingAside",
    "SimulationRun",
    "Skip",
    "ValenceRating",
    "Void",
    "Vote",
    "VoteImport",
]
