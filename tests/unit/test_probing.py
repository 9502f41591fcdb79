"""Which files are videos that can be decoded from beginning to end."""

import re
from pathlib import Path

import pytest

from collection.probing import probe
from jobs.errors import Refusal
from tests.films import AAC, FASTSTART, H264, cut, damaged, ffmpeg, film


def refusal_of(path: Path, name: str | None = None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        probe(path, name or path.name)
    assert caught.value.status == 400
    assert caught.value.detail.startswith(f"{name or path.name}: ")
    assert caught.value.detail.count(". ") >= 1, "a refusal ends with the way out"
    return caught.value


def test_a_whole_film_tells_what_it_holds(tmp_path: Path) -> None:
    found = probe(film(tmp_path / "a.mp4", seconds=2), "a.mp4")
    assert (found.container, found.video_codec, found.pix_fmt) == ("mp4", "h264", "yuv420p")
    assert (found.width, found.height, found.frames) == (160, 120, 50)
    assert found.duration == pytest.approx(2.0, abs=0.1)
    assert (found.audio_codec, found.channels, found.faststart) == ("aac", 1, True)


def test_a_film_without_sound_and_a_silent_one_are_fine(tmp_path: Path) -> None:
    mute = film(tmp_path / "mute.mp4", codecs=(*H264, *FASTSTART), sound=None)
    assert not probe(mute, "mute.mp4").has_audio
    silent = film(tmp_path / "silent.mp4", sound="anullsrc=r=44100:cl=stereo,atrim=start=0")
    assert probe(silent, "silent.mp4").has_audio


@pytest.mark.parametrize(
    ("name", "codecs", "container"),
    [
        ("a.avi", ("-c:v", "mpeg4", "-c:a", "libmp3lame"), "avi"),
        ("a.mpg", ("-c:v", "mpeg1video", "-c:a", "mp2"), "mpeg"),
        ("a.mkv", (*H264, *AAC), "matroska"),
        ("a.webm", ("-c:v", "libvpx", "-c:a", "libopus"), "webm"),
        ("a.mov", (*H264, *AAC), "mov"),
        ("a.ts", ("-c:v", "mpeg2video", "-c:a", "mp2"), "mpegts"),
        ("a.flv", ("-c:v", "flv1", "-c:a", "libmp3lame", "-ar", "44100"), "flv"),
        ("a.wmv", ("-c:v", "wmv2", "-c:a", "wmav2"), "asf"),
    ],
)
def test_common_containers_are_read(
    tmp_path: Path, name: str, codecs: tuple[str, ...], container: str
) -> None:
    found = probe(film(tmp_path / name, codecs=codecs), name)
    assert found.container == container
    assert found.frames == 25
    assert found.has_audio


def test_the_content_counts_and_not_the_ending(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mkv", codecs=(*H264, *AAC)).rename(tmp_path / "a.avi")
    assert probe(path, "a.avi").container == "matroska"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    refusal = refusal_of(path)
    assert refusal.code == "file_is_empty"
    assert "0 bytes" in refusal.detail


@pytest.mark.parametrize(
    "content",
    [b"dear coordinator, here is the clip\n", "亲爱的协调员\n".encode(), b"<html></html>"],
)
def test_a_text_file_named_mp4_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "text.mp4"
    path.write_bytes(content * 500)
    assert refusal_of(path).code == "file_is_text"


def test_random_bytes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "noise.mp4"
    path.write_bytes(bytes((i * 7919 + i // 3) % 256 for i in range(50_000)))
    assert refusal_of(path).code == "not_a_video"


@pytest.mark.parametrize("ending", ["jpg", "png", "gif", "bmp", "webp", "tiff"])
def test_a_still_picture_is_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"face.{ending}"
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x64:rate=1:duration=1", "-frames:v", "1", str(path))
    assert refusal_of(path).code == "file_is_a_picture"


def test_one_frame_is_no_film(tmp_path: Path) -> None:
    path = film(tmp_path / "one.mp4", codecs=(*H264, "-frames:v", "1"), sound=None)
    assert refusal_of(path).code == "video_is_one_picture"


@pytest.mark.parametrize(
    ("name", "codecs"),
    [("a.wav", ()), ("a.mp3", ("-c:a", "libmp3lame")), ("a.m4a", AAC), ("a.mp4", AAC)],
)
def test_sound_alone_is_refused(tmp_path: Path, name: str, codecs: tuple[str, ...]) -> None:
    path = tmp_path / name
    ffmpeg("-f", "lavfi", "-i", "sine=duration=1", *codecs, str(path))
    refusal = refusal_of(path)
    assert refusal.code == "video_has_no_picture"
    assert "only sound" in refusal.detail


def test_a_song_with_a_cover_is_sound_alone(tmp_path: Path) -> None:
    cover, path = tmp_path / "cover.png", tmp_path / "song.mp3"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc=size=64x64:rate=1:duration=1", "-frames:v", "1", str(cover)
    )
    ffmpeg(
        *("-f", "lavfi", "-i", "sine=duration=1", "-i", str(cover), "-map", "0:a", "-map", "1:v"),
        *("-c:a", "libmp3lame", "-c:v", "copy", "-disposition:v", "attached_pic", str(path)),
    )
    assert refusal_of(path).code == "video_has_no_picture"


def test_an_mp4_whose_index_was_cut_off_is_refused(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.mp4", codecs=(*H264, *AAC))  # the index comes last
    refusal = refusal_of(cut(whole, 0.6, tmp_path / "cut.mp4"))
    assert refusal.code == "video_has_no_index"
    assert "moov" in refusal.detail


def test_a_faststart_mp4_cut_in_the_middle_tells_where_it_ends(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.mp4", seconds=6)
    refusal = refusal_of(cut(whole, 0.5, tmp_path / "cut.mp4"))
    assert refusal.code == "video_is_cut_off"
    assert re.search(r"it ends after [234]\.\d s of 6\.\d s\.", refusal.detail)


@pytest.mark.parametrize("name", ["whole.mkv", "whole.webm"])
def test_a_matroska_file_cut_in_the_middle_is_refused(tmp_path: Path, name: str) -> None:
    codecs = (*H264, *AAC) if name.endswith("mkv") else ("-c:v", "libvpx", "-c:a", "libopus")
    whole = film(tmp_path / name, codecs=codecs, seconds=4)
    assert refusal_of(cut(whole, 0.5, tmp_path / f"cut-{name}")).code == "video_is_cut_off"


def test_a_damaged_film_is_refused(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.mp4", seconds=4)
    refusal = refusal_of(damaged(whole, tmp_path / "damaged.mp4"))
    assert refusal.code in ("video_is_damaged", "video_is_cut_off")


@pytest.mark.parametrize(
    "playlist",
    [
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\nsecret.mp4\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile 'secret.mp4'\n",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\nsecret.mp4\n#EXT-X-ENDLIST\n\x00\x00",
        b"ffconcat version 1.0\nfile 'secret.mp4'\n#\x00\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n\x00",
    ],
)
def test_a_playlist_in_disguise_reads_no_other_file(tmp_path: Path, playlist: bytes) -> None:
    film(tmp_path / "secret.mp4")
    path = tmp_path / "clip.mp4"
    path.write_bytes(playlist)
    assert refusal_of(path).code in ("file_is_text", "not_a_video")


@pytest.mark.parametrize(
    "name", ["-i clip.mp4", "concat:a|b.mp4", 'a\'b "c" 你好.mp4', "http:__x.mp4", "%d.mp4"]
)
def test_names_are_never_read_as_options_or_addresses(tmp_path: Path, name: str) -> None:
    path = film(tmp_path / "plain.mp4").rename(tmp_path / name)
    assert probe(path, name).frames == 25


def test_a_turned_film_is_as_wide_as_it_is_shown(tmp_path: Path) -> None:
    plain, turned = film(tmp_path / "plain.mp4"), tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", "90", "-i", str(plain), "-c", "copy", str(turned))
    found = probe(turned, "turned.mp4")
    assert (found.width, found.height) == (160, 120)
    assert found.shown_size == (120, 160)


def test_the_caller_can_stop_it(tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def check() -> None:
        raise Stop

    with pytest.raises(Stop):
        probe(film(tmp_path / "a.mp4"), "a.mp4", check)
