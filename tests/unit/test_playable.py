"""What browsers play as it is, and the copies of everything else."""

import time
from pathlib import Path

import pytest

from collection.playable import command, make_copy, plays_as_it_is
from collection.probing import Probe, probe
from jobs.errors import Refusal
from jobs.progress import Cancelled
from tests.films import AAC, FASTSTART, H264, ffmpeg, film

FFV1 = ("-c:v", "ffv1", "-c:a", "pcm_s16le")


def copy_of(path: Path, to: Path) -> Probe:
    found = probe(path, path.name)
    assert not plays_as_it_is(found)
    make_copy(source=path, name=path.name, probe=found, target=to)
    copied = probe(to, to.name)
    assert plays_as_it_is(copied)
    assert list(to.parent.glob("*unfinished*")) == []
    return copied


@pytest.mark.parametrize(
    ("name", "codecs"),
    [
        ("h264.mp4", (*H264, *AAC, *FASTSTART)),
        ("vp8.webm", ("-c:v", "libvpx", "-c:a", "libvorbis")),
        ("vp9.webm", ("-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p", "-c:a", "libopus")),
    ],
)
def test_what_a_browser_plays_is_kept_as_it_is(
    tmp_path: Path, name: str, codecs: tuple[str, ...]
) -> None:
    assert plays_as_it_is(probe(film(tmp_path / name, codecs=codecs), name))


@pytest.mark.parametrize(
    ("name", "codecs"),
    [
        ("index_last.mp4", (*H264, *AAC)),
        ("fragments.mp4", (*H264, *AAC, "-movflags", "frag_keyframe+empty_moov")),
        ("h264.mkv", (*H264, *AAC)),
        ("h264.mov", (*H264, *AAC)),
        ("mp3.mp4", (*H264, "-c:a", "libmp3lame", *FASTSTART)),
        ("444.mp4", ("-c:v", "libx264", "-pix_fmt", "yuv444p", *AAC, *FASTSTART)),
        ("10bit.mp4", ("-c:v", "libx264", "-pix_fmt", "yuv420p10le", *AAC, *FASTSTART)),
        ("hevc.mp4", ("-c:v", "libx265", "-x265-params", "log-level=none", *AAC, *FASTSTART)),
        ("mpeg4.avi", ("-c:v", "mpeg4", "-c:a", "libmp3lame")),
        ("mpeg1.mpg", ("-c:v", "mpeg1video", "-c:a", "mp2")),
        ("surround.mkv", ("-c:v", "ffv1", "-c:a", "flac", "-ac", "6", "-ar", "96000")),
    ],
)
def test_everything_else_gets_a_copy_of_the_same_length(
    tmp_path: Path, name: str, codecs: tuple[str, ...]
) -> None:
    path = film(tmp_path / name, codecs=codecs, seconds=2)
    copied = copy_of(path, tmp_path / "copy.mp4")
    assert copied.frames == 50
    assert copied.duration == pytest.approx(2.0, abs=0.12)
    assert copied.audio_codec == "aac"
    assert copied.channels in (1, 2)


def test_a_film_without_sound_stays_without(tmp_path: Path) -> None:
    path = film(tmp_path / "mute.avi", codecs=("-c:v", "mpeg4"), sound=None)
    assert not copy_of(path, tmp_path / "copy.mp4").has_audio


def test_odd_sides_become_even(tmp_path: Path) -> None:
    path = film(tmp_path / "odd.mkv", codecs=FFV1, size="161x121")
    copied = copy_of(path, tmp_path / "copy.mp4")
    assert (copied.width, copied.height) == (162, 122)


def test_what_a_phone_turned_is_shown_upright(tmp_path: Path) -> None:
    plain = film(tmp_path / "plain.mp4", codecs=("-c:v", "mpeg4", *AAC))
    turned = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", "90", "-i", str(plain), "-c", "copy", str(turned))
    assert copy_of(turned, tmp_path / "copy.mp4").shown_size == (120, 160)


def test_frames_keep_their_times_at_a_variable_rate(tmp_path: Path) -> None:
    path = tmp_path / "variable.mkv"
    ffmpeg(
        *("-f", "lavfi", "-i", "testsrc=size=160x120:rate=25:duration=3"),
        *("-vf", "select='lt(n,20)+not(mod(n,7))'", "-fps_mode", "vfr", "-c:v", "mpeg4", str(path)),
    )
    found = probe(path, path.name)
    copied = copy_of(path, tmp_path / "copy.mp4")
    assert copied.frames == found.frames < 40
    assert copied.duration == pytest.approx(found.duration, abs=0.1)


def test_a_name_like_an_option_is_a_file(tmp_path: Path) -> None:
    path = film(tmp_path / "plain.avi", codecs=("-c:v", "mpeg4")).rename(tmp_path / "-y 'a'.avi")
    assert copy_of(path, tmp_path / "copy.mp4").frames == 25


def test_ffmpeg_may_open_files_of_known_formats_only(tmp_path: Path) -> None:
    path = film(tmp_path / "a.avi", codecs=("-c:v", "mpeg4"))
    found = probe(path, path.name)
    film(tmp_path / "secret.mp4")
    path.write_bytes(b"ffconcat version 1.0\nfile 'secret.mp4'\n")  # exchanged after the probe
    with pytest.raises(Refusal, match="no copy for the browser"):
        make_copy(source=path, name="a.avi", probe=found, target=tmp_path / "copy.mp4")
    assert not (tmp_path / "copy.mp4").exists()
    assert "-protocol_whitelist" in command(
        source=path, probe=found, target=tmp_path / "x.mp4", limit=1
    )


def test_a_copy_reports_how_far_it_is_and_can_be_cancelled(tmp_path: Path) -> None:
    path = film(tmp_path / "long.mkv", codecs=FFV1, size="1280x720", seconds=8)
    found = probe(path, path.name)
    shares: list[float] = []

    def check() -> None:
        if shares:
            raise Cancelled

    began = time.monotonic()
    with pytest.raises(Cancelled):
        make_copy(
            source=path,
            name="long.mkv",
            probe=found,
            target=tmp_path / "copy.mp4",
            report=shares.append,
            check=check,
        )
    assert time.monotonic() - began < 10
    assert shares and 0 <= shares[0] <= 1
    assert sorted(each.name for each in tmp_path.iterdir()) == ["long.mkv"]
