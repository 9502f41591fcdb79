"""Decoding a file from beginning to end, and counting what is found and what is damaged."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from jobs.errors import Refusal

MAX_SIDE = 8192  # pixels
MAX_PIXELS = 8192 * 4352
TIME_LIMIT = 1800.0  # s of decoding


def refuse(code: str, name: str, why: str, way_out: str, **params: object) -> Refusal:
    return Refusal(code, f"{name}: {why}. {way_out}", status=400, file=name, **params)


@dataclass
class Decoded:
    """What the decoders found, stream by stream."""

    frames: int = 0
    damaged: int = 0
    sounds: int = 0
    start: float = float("inf")  # s
    end: float = 0.0  # s
    rotation: int = 0

    def see(self, start: float, length: float) -> None:
        self.start = min(self.start, start)
        self.end = max(self.end, start + length)


def decode(
    container: InputContainer, video: VideoStream, name: str, check: Callable[[], None]
) -> Decoded:
    """Every frame of the picture and of the first sound track, counted and thrown away."""
    found = Decoded()
    codec = video.codec_context
    codec.thread_type = "AUTO"
    codec.options = {"max_pixels": str(MAX_PIXELS)}
    rate = video.average_rate or video.guessed_rate
    step = 1 / float(rate) if rate else 0.04  # s, where a frame does not say how long it is
    began = time.monotonic()
    for packet in _packets(container, [video, *container.streams.audio[:1]], found):
        check()
        if time.monotonic() - began > TIME_LIMIT:
            raise refuse(
                "video_takes_too_long",
                name,
                f"decoding it took longer than {TIME_LIMIT / 60:.0f} minutes",
                "Cut it into clips first.",
                minutes=round(TIME_LIMIT / 60),
            )
        try:
            frames = packet.decode()
        except av.FFmpegError:
            found.damaged += 1
            continue
        for frame in frames:
            _see(found, frame, step)
    return found


def _packets(
    container: InputContainer, streams: list[av.stream.Stream], found: Decoded
) -> Iterator[av.Packet]:
    """The container's packets; where it breaks off, that is the end."""
    packets = container.demux(streams)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            found.damaged += 1
            return
        if packet is None:
            return
        yield packet


def _see(found: Decoded, frame: av.frame.Frame, step: float) -> None:
    at = frame.time
    if isinstance(frame, av.VideoFrame):
        said = frame.duration * frame.time_base if frame.duration and frame.time_base else None
        length = float(said) if said else step
        found.see(at if at is not None else found.frames * step, length)
        found.frames += 1
        found.damaged += bool(frame.is_corrupt)
        found.rotation = frame.rotation
    elif isinstance(frame, av.AudioFrame):
        found.sounds += 1
        if at is not None:
            found.see(max(at, 0.0), frame.samples / frame.sample_rate)
