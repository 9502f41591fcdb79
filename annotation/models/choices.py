"""What the rows of annotation choose from."""

from datetime import timedelta

from annotation.protocol import Reliability, Stage

LEASE = timedelta(minutes=15)

STAGES = [(stage.value, stage.value) for stage in Stage]
SEAT_STAGES = [(s.value, s.value) for s in (Stage.EMOTION, Stage.RELIABILITY, Stage.VALENCE)]
ANSWERS = [(answer.value, answer.value) for answer in Reliability]
