"""What a browser plays: the file itself where it can, a copy in H.264 and AAC otherwise."""

import selectors
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import imageio_ffmpeg

from collection.containers import DEMUXER_OPTIONS, address
from collection.decoding import refuse
from collection.probing import Probe

H264_PROFILES = {"Baseline", "Constrained Baseline", "Main", "High"}
AAC_RATES_UP_TO = 48_000  # Hz

QUALITY = 20  # x264's constant rate factor: no visible loss
LEAST_TIME = 120.0  # s that making a copy may take at least
TIME_PER_SECOND = 30.0  # s that it may take for each second of video
LISTEN_EVERY = 0.5  # s


def plays_as_it_is(probe: Probe) -> bool:
    """H.264 and AAC in MP4, or VP8/VP9 and Opus/Vorbis in WebM, 8 bit 4:2:0, index first."""
    if probe.pix_fmt != "yuv420p" or not probe.faststart:
        return False
    if probe.container == "mp4":
        return _is_plain_h264(probe) and probe.audio_codec in ("", "aac")
    return (
        probe.container == "webm"
        and probe.video_codec in ("vp8", "vp9", "libvpx", "libvpx-vp9")
        and probe.audio_codec in ("", "opus", "vorbis", "libopus", "libvorbis")
    )


def _is_plain_h264(probe: Probe) -> bool:
    return (
        probe.video_codec == "h264"
        and probe.profile in H264_PROFILES
        and probe.pix_fmt == "yuv420p"
    )


def make_copy(
    *,
    source: Path,
    name: str,
    probe: Probe,
    target: Path,
    report: Callable[[float], None] = lambda share: None,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Write a playable copy of `source` to `target` (.mp4), which appears whole or not at all.

    `name` is what the owner calls the file; `report` hears the share that is done (0…1);
    what `check` raises ends ffmpeg.
    """
    limit = max(LEAST_TIME, TIME_PER_SECOND * probe.duration)
    unfinished = target.with_name(f"{target.stem}.unfinished.mp4")
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            command(source=source, probe=probe, target=unfinished, limit=limit),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        try:
            _listen(process, name, probe.duration, limit, report, check)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
            if process.returncode != 0:
                unfinished.unlink(missing_ok=True)
        if process.returncode != 0:
            raise refuse(
                "no_playable_copy",
                name,
                f"no copy for the browser can be made of it ({_last_words(complaints)})",
                "Convert it to H.264 and AAC in MP4 first.",
            )
    unfinished.replace(target)


def command(*, source: Path, probe: Probe, target: Path, limit: float) -> list[str]:
    """ffmpeg's arguments. Streams that a browser plays are kept bit for bit."""
    protocols, formats = DEMUXER_OPTIONS["protocol_whitelist"], DEMUXER_OPTIONS["format_whitelist"]
    return [
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-progress", "pipe:1"),
        *("-timelimit", str(int(limit * 8)), "-y"),  # s of processor time, if nobody can kill it
        *("-protocol_whitelist", protocols, "-format_whitelist", formats),
        *("-i", address(source)),
        *("-map", "0:V:0", "-map", "0:a:0?", "-sn", "-dn"),
        *("-map_metadata", "-1", "-map_chapters", "-1"),
        *_picture_arguments(probe),
        *_sound_arguments(probe),
        *("-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
    ]


def _picture_arguments(probe: Probe) -> list[str]:
    if _is_plain_h264(probe) and probe.container in ("mp4", "mov", "matroska"):
        return ["-c:v", "copy"]
    return [
        # Frames keep their own times (variable rates too); what a phone turned is turned
        # by ffmpeg before these filters; 4:2:0 needs even sides.
        *("-fps_mode", "vfr"),
        *("-vf", "bwdif=deint=interlaced,pad=ceil(iw/2)*2:ceil(ih/2)*2,format=yuv420p"),
        *("-c:v", "libx264", "-profile:v", "high", "-preset", "veryfast", "-crf", str(QUALITY)),
    ]


def _sound_arguments(probe: Probe) -> list[str]:
    if not probe.has_audio:
        return ["-an"]
    if probe.audio_codec == "aac" and probe.container in ("mp4", "mov", "matroska"):
        return ["-c:a", "copy"]
    rate = ["-ar", str(AAC_RATES_UP_TO)] if probe.sample_rate > AAC_RATES_UP_TO else []
    return ["-c:a", "aac", "-b:a", "160k", "-ac", "1" if probe.channels == 1 else "2", *rate]


def _listen(
    process: "subprocess.Popen[bytes]",
    name: str,
    duration: float,
    limit: float,
    report: Callable[[float], None],
    check: Callable[[], None],
) -> None:
    """Follow ffmpeg's own progress lines to its end, within the time limit."""
    assert process.stdout is not None
    ends_at = time.monotonic() + limit
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            check()
            if time.monotonic() > ends_at:
                raise refuse(
                    "copy_takes_too_long",
                    name,
                    f"making a copy for the browser took longer than {limit:.0f} s",
                    "Cut it into clips first, or convert it to H.264 in MP4.",
                    seconds=round(limit),
                )
            if not selector.select(LISTEN_EVERY):
                continue
            line = process.stdout.readline()
            if not line:
                process.wait(timeout=max(1.0, ends_at - time.monotonic()))
                return
            key, _, value = line.decode("ascii", "replace").strip().partition("=")
            if key == "out_time_us" and value.isdigit() and duration > 0:
                report(min(1.0, int(value) / 1e6 / duration))


def _last_words(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else "ffmpeg gave no reason"
