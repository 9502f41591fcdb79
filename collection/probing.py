"""Is this file a whole video that can be decoded from beginning to end, and what is in it?

Every rule that a file can break is here. A refusal names the file, the rule, the value
found and the way out.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from collection.containers import (
    DEMUXER_OPTIONS,
    address,
    is_faststart,
    is_webm,
    looks_like_text,
    mp4_boxes,
    picture_kind,
)
from collection.decoding import MAX_PIXELS, MAX_SIDE, Decoded, decode, refuse

MAX_DAMAGED_SHARE = 0.02  # of the frames
MISSING_TOLERANCE = 0.5  # s that the end may lie before what the file declares
MISSING_SHARE = 0.03
SAYS_ITS_LENGTH = {"mp4", "mov", "webm", "matroska", "avi", "asf", "flv"}


@dataclass(frozen=True)
class Probe:
    """What a wholly decoded video holds. Sizes are as stored, before `rotation`."""

    container: str  # "mp4", "mov", "webm", "matroska", "avi", "mpeg" …
    duration: float  # s, from the first picture or sound to the end of the last
    declared: float | None  # s, what the file says of itself
    width: int
    height: int
    rotation: int  # degrees, multiple of 90 in practice
    frames: int
    video_codec: str
    profile: str
    pix_fmt: str
    audio_codec: str  # "" without sound
    channels: int
    sample_rate: int
    faststart: bool

    @property
    def has_audio(self) -> bool:
        return self.audio_codec != ""

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height as a viewer sees them."""
        turned = self.rotation % 180 != 0
        return (self.height, self.width) if turned else (self.width, self.height)


def probe(path: Path, name: str, check: Callable[[], None] = lambda: None) -> Probe:
    """Decode the file wholly. `name` is what its owner calls it; `check` may raise to stop."""
    size, head = _first_bytes(path, name)
    with path.open("rb") as file:
        boxes = mp4_boxes(file, size) if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide") else []
    with _opened(path, name, boxes) as container:
        video = _video_stream(container, name)
        kind = _container_kind(container, head)
        declared = _declared_duration(container, video) if kind in SAYS_ITS_LENGTH else None
        found = decode(container, video, name, check)
        _judge(found, declared, name)
        sound = container.streams.audio[0].codec_context if found.sounds else None
        codec = video.codec_context
        return Probe(
            container=kind,
            duration=round(found.end - found.start, 6),
            declared=declared,
            width=codec.width,
            height=codec.height,
            rotation=found.rotation,
            frames=found.frames,
            video_codec=codec.name,
            profile=codec.profile or "",
            pix_fmt=codec.pix_fmt or "",
            audio_codec=sound.name if sound else "",
            channels=sound.channels if sound else 0,
            sample_rate=sound.sample_rate if sound else 0,
            faststart=is_faststart(boxes) if boxes else kind == "webm" and declared is not None,
        )


def _first_bytes(path: Path, name: str) -> tuple[int, bytes]:
    size = path.stat().st_size
    if size == 0:
        raise refuse("file_is_empty", name, "the file is empty (0 bytes)", "Copy it again.")
    with path.open("rb") as file:
        head = file.read(4096)
    if kind := picture_kind(head):
        raise refuse(
            "file_is_a_picture",
            name,
            f"this is a still picture ({kind}), and only videos are labeled",
            "Leave it out, or send the video it was taken from.",
            kind=kind,
        )
    if looks_like_text(head):
        raise refuse(
            "file_is_text",
            name,
            "this is a text file, not a video, whatever its name says",
            "Send the video itself.",
        )
    return size, head


@contextmanager
def _opened(path: Path, name: str, boxes: list[str]) -> Iterator[InputContainer]:
    if boxes and "moov" not in boxes:
        raise refuse(
            "video_has_no_index",
            name,
            "the MP4's index (moov) is missing, so nothing in it can be played: "
            "the recording was not closed or the copy ended too early",
            "Copy it again from the original, or repair it with the recorder's own software.",
        )
    try:
        container = av.open(address(path), options=dict(DEMUXER_OPTIONS))
    except (av.FFmpegError, ValueError) as error:
        raise refuse(
            "not_a_video",
            name,
            "no video can be found in this file: its format is unknown or its beginning is damaged",
            "Send it as MP4, MKV, WebM, MOV, AVI or MPEG.",
        ) from error
    with container:
        yield container


def _video_stream(container: InputContainer, name: str) -> VideoStream:
    pictures = [
        stream
        for stream in container.streams.video
        if not stream.disposition & av.stream.Disposition.attached_pic
    ]
    if not pictures:
        what = "only sound" if container.streams.audio else "no picture and no sound"
        raise refuse(
            "video_has_no_picture",
            name,
            f"a clip needs a moving picture, and this file holds {what}",
            "Send the video it belongs to.",
        )
    video = pictures[0]
    codec = video.codec_context
    if codec is None:
        raise refuse(
            "codec_is_unknown",
            name,
            "its video codec is not known here",
            "Convert it to H.264 in MP4 first.",
        )
    _check_size(codec.width, codec.height, name)
    return video


def _check_size(width: int, height: int, name: str) -> None:
    if width < 2 or height < 2 or max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise refuse(
            "picture_size_is_out_of_range",
            name,
            f"the picture is {width}×{height} pixels; from 2×2 to {MAX_SIDE} a side are read",
            "Scale the video down first.",
            width=width,
            height=height,
            most=MAX_SIDE,
        )


def _container_kind(container: InputContainer, head: bytes) -> str:
    formats = container.format.name
    if "mp4" in formats:
        return "mov" if container.metadata.get("major_brand", "qt  ").startswith("qt") else "mp4"
    if "matroska" in formats:
        return "webm" if is_webm(head) else "matroska"
    return str(formats)


def _declared_duration(container: InputContainer, video: VideoStream) -> float | None:
    """s that the file promises for its pictures; the smaller of its two statements."""
    said = []
    if video.duration is not None and video.time_base is not None:
        said.append(float(video.duration * video.time_base))
    elif tag := video.metadata.get("DURATION"):
        said.append(_clock(tag))
    if container.duration is not None:
        said.append(container.duration / av.time_base)
    return min((value for value in said if value > 0), default=None)


def _clock(text: str) -> float:
    """Matroska's 00:01:00.060000000 in seconds; 0 if it is anything else."""
    try:
        hours, minutes, seconds = text.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    except ValueError:
        return 0.0


def _judge(found: Decoded, declared: float | None, name: str) -> None:
    if found.frames == 0:
        raise refuse(
            "video_cannot_be_decoded",
            name,
            "not one of its pictures can be decoded",
            "Copy it again from the original, or convert it to H.264 in MP4 first.",
        )
    length = found.end - found.start
    if declared is not None:
        allowed = max(MISSING_TOLERANCE, MISSING_SHARE * declared)
        if length < declared - allowed:
            raise refuse(
                "video_is_cut_off",
                name,
                f"it ends after {length:.1f} s of {declared:.1f} s",
                "Copy it again from the original.",
                found=round(length, 3),
                declared=round(declared, 3),
            )
    if found.damaged > MAX_DAMAGED_SHARE * found.frames:
        raise refuse(
            "video_is_damaged",
            name,
            f"{found.damaged} of its {found.frames} frames are damaged, "
            f"at most {MAX_DAMAGED_SHARE:.0%} may be",
            "Copy it again from the original.",
            damaged=found.damaged,
            frames=found.frames,
        )
    if found.frames < 2 or length <= 0:
        raise refuse(
            "video_is_one_picture",
            name,
            f"it holds {found.frames} picture(s) in {length:.2f} s and nothing moves",
            "Send the whole video.",
            frames=found.frames,
        )
