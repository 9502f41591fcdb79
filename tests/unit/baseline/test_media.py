"""Sound and pictures of a clip's file; ffmpeg's own program says what is right."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from baseline.errors import Fault
from baseline.media import RATE, frames, sound
from tests.films import cut, damaged, ffmpeg, film

LOSSLESS = ("-c:v", "ffv1", "-pix_fmt", "bgr0", "-c:a", "pcm_s16le")


def decoded_by_ffmpeg(path: Path, width: int, height: int) -> np.ndarray:
    """(frames, height, width, 3), turned as a player turns them."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path)]
    command += ["-f", "rawvideo", "-pix_fmt", "bgr24", "-"]
    raw = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def strength(wave: np.ndarray, frequency: float) -> float:
    """Amplitude of one frequency in a wave at 16 kHz."""
    turning = np.exp(-2j * np.pi * frequency * np.arange(len(wave)) / RATE)
    return float(2 * abs((wave * turning).mean()))


def code_of(file: Path) -> list[str]:
    """What sound and pictures of a file are refused for."""
    codes = []
    for read in (lambda: sound(file), lambda: list(frames(file, 5))):
        with pytest.raises(Fault) as refused:
            read()
        assert file.name in refused.value.text
        codes.append(refused.value.code)
    return codes


def test_sound_is_the_mean_of_its_channels_at_16_khz(tmp_path: Path) -> None:
    file = tmp_path / "two.wav"
    both = "aevalsrc=0.8*sin(2*PI*440*t)|0.6*sin(2*PI*880*t):s=44100:d=1"
    ffmpeg("-f", "lavfi", "-i", both, f"file:{file}")
    wave = sound(file)
    assert wave is not None
    assert wave.dtype == np.float32
    assert abs(len(wave) - RATE) <= 2
    assert strength(wave, 440) == pytest.approx(0.4, abs=0.005)
    assert strength(wave, 880) == pytest.approx(0.3, abs=0.005)


def test_the_same_sound_in_both_channels_stays_within_one(tmp_path: Path) -> None:
    file = tmp_path / "loud.wav"
    both = "aevalsrc=0.99*sin(2*PI*440*t)|0.99*sin(2*PI*440*t):s=48000:d=0.5"
    ffmpeg("-f", "lavfi", "-i", both, f"file:{file}")
    wave = sound(file)
    assert wave is not None
    assert 0.97 < np.abs(wave).max() < 1.0


def test_sound_of_a_film_has_the_length_of_the_film(tmp_path: Path) -> None:
    wave = sound(film(tmp_path / "film.mp4", seconds=1.0))
    assert wave is not None
    assert len(wave) == pytest.approx(RATE, abs=1100)  # AAC fills its last packet
    assert strength(wave, 440) > 20 * strength(wave, 700)


def test_sound_whose_format_changes_on_the_way_is_read_to_its_end(tmp_path: Path) -> None:
    parts = []
    for name, channels, rate in (("a", 2, 44100), ("b", 1, 48000)):
        part = tmp_path / f"{name}.ts"
        tone = f"sine=frequency=440:duration=1:sample_rate={rate}"
        ffmpeg("-f", "lavfi", "-i", tone, "-ac", str(channels), "-c:a", "mp2", f"file:{part}")
        parts.append(part.read_bytes())
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(parts))
    wave = sound(joined)
    assert wave is not None
    assert len(wave) == pytest.approx(2 * RATE, abs=1000)  # MP2 fills its last packets
    # ffmpeg gives each of two channels 1/√2 of the one.
    for second, amplitude in ((wave[:RATE], 0.125 / 2**0.5), (wave[-RATE:], 0.125)):
        assert strength(second[2000:10000], 440) == pytest.approx(amplitude, abs=0.005)


def test_every_picture_is_the_one_that_ffmpeg_decodes_odd_sizes_too(tmp_path: Path) -> None:
    file = film(tmp_path / "odd.mkv", codecs=LOSSLESS, size="163x121", seconds=0.4)
    pictures = list(frames(file, None))
    assert all(picture.flags.c_contiguous for picture in pictures)
    assert (np.stack(pictures) == decoded_by_ffmpeg(file, 163, 121)).all()


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_a_turned_film_comes_upright(tmp_path: Path, degrees: int) -> None:
    file = film(tmp_path / "film.mp4", seconds=0.2)
    turned = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", str(degrees), "-i", str(file), "-c", "copy", str(turned))
    width, height = (160, 120) if degrees == 180 else (120, 160)
    expected = decoded_by_ffmpeg(turned, width, height)[0].astype(int)
    found = next(iter(frames(turned, None))).astype(int)
    assert found.shape == expected.shape
    assert np.abs(found - expected).mean() < 3
    assert np.abs(found[::-1, ::-1] - expected).mean() > 20  # the picture is no symmetric one


def test_pixels_come_square_and_large_pictures_small(tmp_path: Path) -> None:
    wide = film(tmp_path / "wide.mkv", codecs=(*LOSSLESS, "-aspect", "16:9"), seconds=0.1)
    large = film(tmp_path / "large.mkv", codecs=LOSSLESS, size="1920x800", seconds=0.1)
    assert next(iter(frames(wide, None))).shape == (120, 213, 3)
    assert next(iter(frames(large, None))).shape == (533, 1280, 3)


def test_so_many_pictures_a_second_evenly_spaced(tmp_path: Path) -> None:
    file = film(tmp_path / "film.mkv", codecs=LOSSLESS, seconds=2.0)  # 25 a second
    every = list(frames(file, None))
    some = list(frames(file, 5))
    assert len(every) == 50
    assert len(some) == 10
    assert all((one == other).all() for one, other in zip(some, every[::5], strict=True))
    assert len(list(frames(file, 60))) == 50


def test_a_track_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    silent = film(tmp_path / "silent.mp4", sound=None, seconds=0.2)
    heard = tmp_path / "heard.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=duration=0.2", f"file:{heard}")
    assert sound(silent) is None
    assert len(list(frames(silent, 5))) == 1
    assert list(frames(heard, 5)) == []
    assert sound(heard) is not None


def test_what_comes_before_a_broken_end_counts(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.mkv", seconds=2.0)
    torn = cut(whole, 0.5, tmp_path / "torn.mkv")
    spoiled = damaged(whole, tmp_path / "spoiled.mkv")
    assert 5 < len(list(frames(torn, None))) < 50
    assert 5 < len(list(frames(spoiled, None))) <= 50
    heard = sound(torn)
    assert heard is not None
    assert RATE // 2 < len(heard) < 2 * RATE


def test_what_is_no_film_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("this is no film\n" * 50)
    whole = film(tmp_path / "whole.mp4", seconds=0.2)
    (tmp_path / "beginning.mp4").write_bytes(whole.read_bytes()[:20])
    for name in ("empty.mp4", "text.mp4", "beginning.mp4", "missing.mp4"):
        assert code_of(tmp_path / name) == ["clip_cannot_be_read"] * 2, name


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    film(tmp_path / "secret.ts", seconds=0.2)
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n"
    (tmp_path / "clip.m3u8").write_text(playlist)
    (tmp_path / "clip.mp4").write_text(f"ffconcat version 1.0\nfile {tmp_path}/secret.ts\n")
    for name in ("clip.m3u8", "clip.mp4"):
        assert code_of(tmp_path / name) == ["clip_cannot_be_read"] * 2, name


@pytest.mark.parametrize(
    ("of_the_file", "instead"),
    [(b"\x89PNG", b"\x00\x00\x00\x00"), (b"V_MS/VFW", b"V_MS/XXX")],
    ids=["spoiled packets", "unknown codec"],
)
def test_a_stream_of_which_nothing_can_be_decoded_is_told(
    tmp_path: Path, of_the_file: bytes, instead: bytes
) -> None:
    whole = film(tmp_path / "whole.mkv", codecs=("-c:v", "png"), sound=None, seconds=0.2)
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(whole.read_bytes().replace(of_the_file, instead))
    assert len(list(frames(whole, None))) == 5
    with pytest.raises(Fault) as refused:
        list(frames(broken, None))
    assert refused.value.code == "clip_cannot_be_decoded"


def test_a_file_of_hours_is_not_read_into_memory(tmp_path: Path) -> None:
    file = tmp_path / "long.flac"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=620", f"file:{file}")
    with pytest.raises(Fault) as refused:
        sound(file)
    assert refused.value.code == "clip_is_too_long"
