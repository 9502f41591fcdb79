"""What a face and a voice do in each emotion, as numbers that can be blended."""

from dataclasses import dataclass, fields
from typing import Self


class Blendable:
    """A dataclass of floats: two of them mix field by field."""

    def mixed_with(self, other: Self, share: float) -> Self:
        """This one at `share` 0, the other at 1; values beyond 1 exaggerate the other."""
        return type(self)(
            **{
                f.name: getattr(self, f.name) * (1 - share) + getattr(other, f.name) * share
                for f in fields(self)  # type: ignore[arg-type]
            }
        )


@dataclass(frozen=True)
class Expression(Blendable):
    """A face. Lengths are pixels of a 640 by 480 picture, the rest shares; 0 is at rest."""

    brow_lift: float = 0  # both brows up
    brow_inner: float = 0  # their inner ends up (worry) or down (anger)
    brow_close: float = 0  # towards each other
    brow_arch: float = 6
    brow_skew: float = 0  # the right one up, the left one down
    eye_open: float = 1
    lid_slant: float = 0  # upper lid lower at the nose (anger) or at the temple (sadness)
    squint: float = 0  # lower lid up, as cheeks do in a smile
    pupil: float = 1
    gaze_x: float = 0
    gaze_y: float = 0
    smile: float = 0.12  # corners of the mouth up
    smirk: float = 0  # the right corner up alone
    mouth_width: float = 37  # half of it
    jaw: float = 0  # opening without voice
    voiced_jaw: float = 26  # what full voice adds
    round: float = 0
    teeth: float = 0.25
    grit: float = 0  # teeth closed
    wave: float = 0  # a mouth that quivers
    flush: float = 0  # a red face
    blush: float = 0.25  # red cheeks
    tear: float = 0
    sweat: float = 0
    crease: float = 0  # lines between the brows
    tilt: float = 0  # degrees
    nod: float = 0  # features down the face
    turn: float = 0  # features to the side
    near: float = 0  # leaning into the picture
    shoulders: float = 0  # up
    bounce: float = 0.5  # head moves with the voice
    sway: float = 0.5  # head moves by itself
    tremble: float = 0


@dataclass(frozen=True)
class Prosody(Blendable):
    """A way of speaking. Pitch is in semitones from the speaker's own."""

    rate: float = 3.9  # syllables a second
    pitch: float = 0
    spread: float = 0.8  # from syllable to syllable
    slope: float = -1.5  # from first to last
    final: float = -1.5  # glide of the last syllable
    loudness: float = 0.5
    rough: float = 0
    tremble: float = 0
    breath: float = 0.05
    bright: float = 0.5
    legato: float = 0.75  # share of a syllable's time that sounds
    gasp: float = 0  # an audible breath before speaking
    laugh: float = 0  # a laugh after it


@dataclass(frozen=True)
class Mood:
    face: Expression
    voice: Prosody
    onset: float  # s from rest to the full expression

    def mixed_with(self, other: "Mood", share: float) -> "Mood":
        return Mood(
            self.face.mixed_with(other.face, share),
            self.voice.mixed_with(other.voice, share),
            self.onset * (1 - share) + other.onset * share,
        )
