"""A clip's file as the extractors take it: its sound as numbers, its pictures one by one.

A track that is not there is a normal case. So is a damaged end: what could be decoded counts.
Files are opened by name only as what they are, never as a playlist that names other files.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame

from baseline.errors import Fault

RATE = 16_000  # Hz, what speech models are trained on
LONGEST = 600.0  # s of a clip; "the video length between 2~16 seconds" (§2.1)
LONGEST_SIDE = 1280  # pixels; larger pictures are shrunk while they are converted
MAX_PIXELS = 8192 * 4352
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpeg,mpegts,mpegvideo,m4v,h264,hevc,avi,asf,flv,ogg,"
    "ivf,mxf,nut,dv,rm,wtv,wav,w64,mp3,flac,aac,ac3,aiff,caf,amr"
)
OPTIONS = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
Numbers = np.ndarray[Any, np.dtype[Any]]
Stream = Any  # av.audio.AudioStream | av.video.VideoStream


def sound(file: Path) -> Numbers | None:
    """The first sound track, the mean of its channels: float32 (samples,) at 16 kHz in −1 … 1.

    None if there is no sound track or nothing in it. Raises Fault: `clip_cannot_be_read`,
    `clip_cannot_be_decoded`, `clip_is_too_long`.
    """
    with _opened(file) as container:
        if not container.streams.audio:
            return None
        parts: list[Numbers] = []
        length = 0
        for part in _mono(_decoded(container, container.streams.audio[0], file)):
            parts.append(part)
            length += len(part)
            if length > LONGEST * RATE:
                raise _too_long(file)
    return np.concatenate(parts) if length else None


def frames(file: Path, per_second: float | None) -> Iterator[Numbers]:
    """The pictures as a viewer sees them: uint8 (height, width, 3), blue first, contiguous.

    Turned as the file says, pixels square, the longer side at most 1280. `per_second` of them,
    evenly spaced: the first one of each interval; every one if it is None. None at all come from
    a file without a video track. One picture is in memory at a time.

    Raises Fault, at the first picture asked for or later: as `sound`.
    """
    with _opened(file) as container:
        videos = [
            stream
            for stream in container.streams.video
            if not stream.disposition & Disposition.attached_pic
        ]
        if not videos:
            return
        video = videos[0]
        rate = float(video.average_rate or video.guessed_rate or 25)
        first, last_interval = None, -1
        for number, frame in enumerate(_decoded(container, video, file)):
            time = frame.time if frame.time is not None else number / rate
            first = time if first is None else first
            if time - first > LONGEST:
                raise _too_long(file)
            if per_second is not None:
                interval = int((time - first) * per_second + 1e-6)
                if interval <= last_interval:
                    continue
                last_interval = interval
            yield _picture(frame, video.sample_aspect_ratio)


@contextmanager
def _opened(file: Path) -> Iterator[InputContainer]:
    try:
        container = av.open(f"file:{file.resolve()}", options=dict(OPTIONS))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise Fault(
            "clip_cannot_be_read",
            f"{file.name}: neither sound nor pictures can be found in this file: it is missing, "
            f"empty, of an unknown format or damaged at its beginning ({_said(error)}). Import "
            "the clip again from its original.",
            file=file.name,
            why=_said(error),
        ) from error
    with container:
        yield container


def _decoded(container: InputContainer, stream: Stream, file: Path) -> Iterator[Any]:
    """The frames of one stream; damaged ones are left out, and where it breaks off it ends.

    Raises Fault if there is something in the stream, and not one frame can be decoded.
    """
    found, trouble = 0, ""
    if stream.codec_context is None:
        trouble = "unknown codec"
    else:
        stream.codec_context.thread_count = 1  # processes share the cores
        if stream.type == "video":
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    break
                trouble = trouble or ("no frame in its packets" if packet.size else "")
                decoded = packet.decode()
            except av.FFmpegError as error:
                trouble = _said(error)  # of a packet, or of the file: then there are no more
                continue
            found += len(decoded)
            yield from decoded
    if trouble and not found:
        raise Fault(
            "clip_cannot_be_decoded",
            f"{file.name}: nothing of its {stream.type} track can be decoded ({trouble}). Convert "
            "it to H.264 and AAC in MP4 and import the clip again.",
            file=file.name,
            track=stream.type,
            why=trouble,
        )


def _mono(frames: Iterator[AudioFrame]) -> Iterator[Numbers]:
    """Frames of any format, which may change on the way, as float32 (samples,) at 16 kHz."""
    resampler, made_for = None, None
    for frame in frames:
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if resampler is None or kind != made_for:
            if resampler is not None:
                yield from _samples(resampler, None)
            resampler, made_for = av.AudioResampler("fltp", frame.layout, RATE), kind
        frame.pts = None  # one frame follows the other, whatever the file says of their times
        yield from _samples(resampler, frame)
    if resampler is not None:
        yield from _samples(resampler, None)


def _samples(resampler: av.AudioResampler, frame: AudioFrame | None) -> Iterator[Numbers]:
    for resampled in resampler.resample(frame):  # the mean: its own mix to mono exceeds ±1
        yield resampled.to_ndarray().mean(axis=0, dtype=np.float32)


def _picture(frame: VideoFrame, aspect: Any) -> Numbers:
    """(height, width, 3) uint8; `aspect` is a pixel's width divided by its height."""
    stretch = float(aspect) if aspect and 0.1 < aspect < 10 else 1.0
    width, height = frame.width * stretch, float(frame.height)
    shrink = min(1.0, LONGEST_SIDE / max(width, height))
    picture = frame.to_ndarray(
        format="bgr24",
        width=max(1, round(width * shrink)),
        height=max(1, round(height * shrink)),
        interpolation="AREA" if shrink < 1 else "BILINEAR",
    )
    # PyAV pads lines and returns a view; libraries in C would read the padding as pixels.
    return np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90) % 4))


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def _too_long(file: Path) -> Fault:
    return Fault(
        "clip_is_too_long",
        f"{file.name}: a clip may last {LONGEST:.0f} s at most, and this one is longer. Cut it "
        "into clips first.",
        file=file.name,
        most=round(LONGEST),
    )
