"""Small films made on the fly, for tests that need media."""

import subprocess
from pathlib import Path

import imageio_ffmpeg

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac")
FASTSTART = ("-movflags", "+faststart")


def ffmpeg(*arguments: str) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-nostdin", "-v", "error", *arguments]
    subprocess.run(command, check=True, timeout=300)


def film(
    path: Path,
    *,
    codecs: tuple[str, ...] = (*H264, *AAC, *FASTSTART),
    size: str = "160x120",
    seconds: float = 1.0,
    sound: str | None = "sine=frequency=440",
    hue: int = 0,
) -> Path:
    """A test picture with a tone; another `hue` is another content."""
    tone = ("-f", "lavfi", "-i", f"{sound}:duration={seconds}") if sound else ()
    ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc=size={size}:rate=25:duration={seconds},hue=h={hue}"),
        *tone,
        *codecs,
        f"file:{path}",
    )
    return path


def cut(path: Path, share: float, to: Path) -> Path:
    """The first part of a file, as an interrupted copy leaves it."""
    content = path.read_bytes()
    to.write_bytes(content[: int(len(content) * share)])
    return to


def damaged(path: Path, to: Path) -> Path:
    """The same file with every hundredth byte of its second half turned over."""
    content = bytearray(path.read_bytes())
    for at in range(len(content) // 2, len(content), 100):
        content[at] ^= 0xFF
    to.write_bytes(content)
    return to
