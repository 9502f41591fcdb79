"""A clip: a face moved by a voice, written as a film that every browser plays."""

import wave
import zlib
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from moviepy import VideoClip
from numpy.typing import NDArray

from collection.cartoon.expressions import Expression, Mood
from collection.cartoon.face import draw_face, draw_wall
from collection.cartoon.moods import MOODS, mood_of
from collection.cartoon.person import Person, draw_person
from collection.cartoon.voice import RATE, Speech, speak

FPS = 25
REST = MOODS["neutral"].face


def draw_clip(emotion: str, seed: int, to: Path, take: int = 0) -> Path:
    """Write the clip of this emotion and seed: MP4, H.264 and AAC, 2 to 6 s.

    `emotion` is a name of MOODS or two of them joined by `+`, for an ambiguous clip. Another
    `take` shows the same person in the same mood, who says something else.
    The file appears whole or not at all.
    """
    scene = Scene(emotion, seed, take)
    with TemporaryDirectory(dir=to.parent, prefix=".cartoon-") as folder:
        sound, film = Path(folder) / "voice.wav", Path(folder) / "clip.mp4"
        _write_sound(scene.speech, sound)
        VideoClip(scene.picture, duration=scene.speech.duration).write_videofile(
            str(film),
            fps=FPS,
            codec="libx264",
            preset="veryfast",
            audio=str(sound),
            audio_codec="aac",
            threads=1,
            ffmpeg_params=[
                "-crf", "26", "-b:a", "64k", "-ac", "1",
                "-movflags", "+faststart", "-fflags", "+bitexact", "-map_metadata", "-1",
            ],
            logger=None,
        )  # fmt: skip
        film.replace(to)
    return to


def _write_sound(speech: Speech, to: Path) -> None:
    with wave.open(str(to), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((speech.samples * 32767).astype("<i2").tobytes())


class Scene:
    """All of a clip but the file: any of its pictures, and its speech."""

    def __init__(self, emotion: str, seed: int, take: int = 0) -> None:
        self.mood: Mood = mood_of(emotion)
        self.person: Person = draw_person(seed)
        rng = np.random.default_rng([seed, zlib.crc32(emotion.encode()), *([take] if take else [])])
        self.strength = float(rng.uniform(0.85, 1.1))
        self.speech = speak(self.mood.voice, self.person.pitch, self.person.tract, rng)
        self.phases = rng.uniform(0, 2 * np.pi, 6)
        self.glance = float(rng.choice([-1, 1]))
        self.blinks = np.cumsum(rng.uniform(1.0, 2.8, 6))
        self.wall = draw_wall(self.person)

    def picture(self, time: float) -> NDArray[np.uint8]:
        """The picture at `time` (s), (480, 640, 3)."""
        face = self.expression(time)
        return np.asarray(draw_face(self.wall, self.person, face, self._shift(time, face)))

    def _ramp(self, time: float) -> float:
        """0 at rest, 1 in the full expression; a quick one overshoots a little."""
        x = min(max((time - 0.2) / self.mood.onset, 0.0), 1.6)
        rise = min(x, 1.0) ** 2 * (3 - 2 * min(x, 1.0))
        over = 0.14 * max(0.0, 0.6 - self.mood.onset) * np.sin(np.pi * max(0.0, x - 0.6))
        return float(rise + over)

    def expression(self, time: float) -> Expression:
        frame = min(round(time * FPS), len(self.speech.envelope) - 1)
        voice, lips = float(self.speech.envelope[frame]), float(self.speech.lips[frame])
        face = REST.mixed_with(self.mood.face, self._ramp(time) * self.strength)
        closing = max(0.0, 1 - min(abs(self.blinks - time)) / 0.1)  # a blink takes 0.2 s
        shiver = face.tremble * np.sin(2 * np.pi * 8.5 * time)
        # Rounder vowels purse the lips of an open mouth.
        pursed = lips * min(1.0, voice * 2)
        late = min(max((time - 0.9) / max(self.speech.duration - 1.2, 0.5), 0.0), 1.0)
        nervous = face.wave * np.sign(np.sin(2.3 * time + self.phases[0]))
        return replace(
            face,
            jaw=max(0.0, face.jaw) + face.voiced_jaw * voice,
            mouth_width=face.mouth_width * (1 - 0.22 * pursed) + 1.2 * shiver,
            round=min(1.0, max(face.round, 0.85 * pursed)),
            eye_open=min(1.4, max(0.0, face.eye_open)) * (1 - min(1.0, 1.15 * closing)),
            squint=face.squint * (1 - 0.5 * closing),
            gaze_x=face.gaze_x * self.glance + 0.45 * nervous,
            turn=face.turn * self.glance,
            tilt=(face.tilt + 1.3 * face.sway * np.sin(1.7 * time + self.phases[1])) * self.glance
            + 0.5 * shiver,
            nod=face.nod - 2.4 * face.bounce * voice,
            tear=face.tear * (0.2 + 1.5 * late),
            sweat=face.sweat * (0.35 + 1.1 * late),
            brow_lift=face.brow_lift + 2.5 * voice * face.bounce,
        )

    def _shift(self, time: float, face: Expression) -> tuple[float, float]:
        frame = min(round(time * FPS), len(self.speech.envelope) - 1)
        voice = float(self.speech.envelope[frame])
        x = 5 * face.sway * np.sin(1.3 * time + self.phases[2])
        x += 1.6 * face.tremble * np.sin(2 * np.pi * 8.5 * time + self.phases[3])
        y = 3 * face.sway * np.sin(2.1 * time + self.phases[4])
        return float(x), float(y - 4.5 * face.bounce * voice + 0.6 * face.nod)
