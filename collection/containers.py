"""What a media file's own bytes say about its container, before any decoder sees it."""

from pathlib import Path
from typing import BinaryIO

# The demuxers that may open an imported file. Playlists (hls, concat, dash, sdp …) are
# not among them: a file must never make the server read another one.
VIDEO_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpeg,mpegts,mpegvideo,m4v,h264,hevc,"
    "avi,asf,flv,ogg,ivf,mxf,nut,dv,rm,wtv"
)
AUDIO_FORMATS = "wav,w64,mp3,flac,aac,ac3,aiff,caf,amr"  # to be refused by their name
DEMUXER_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": f"{VIDEO_FORMATS},{AUDIO_FORMATS}",
}

PICTURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n": "PNG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
}


def address(path: Path) -> str:
    """The file as ffmpeg takes it: no name can be read as an option or as a protocol."""
    return f"file:{path.resolve()}"


def picture_kind(head: bytes) -> str | None:
    """ "JPEG", "PNG" … if a file with these first bytes is a still picture."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"heic", b"mif1"):
        return "HEIF"
    return next((kind for magic, kind in PICTURES.items() if head.startswith(magic)), None)


def looks_like_text(head: bytes) -> bool:
    if b"\x00" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3  # a character cut by the end of `head`
    return True


def is_webm(head: bytes) -> bool:
    """Matroska files whose document type is webm."""
    return head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head[:64]


def mp4_boxes(file: BinaryIO, size: int) -> list[str]:
    """The names of an MP4's top-level boxes in order; ends where the file is no MP4."""
    names: list[str] = []
    at = 0
    while at + 8 <= size and len(names) < 10_000:
        file.seek(at)
        header = file.read(16)
        length, name = int.from_bytes(header[:4], "big"), header[4:8]
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        elif length == 0:
            length = size - at  # "to the end of the file"
        if length < 8 or not name.isascii():
            break
        names.append(name.decode("ascii"))
        at += length
    return names


def is_faststart(boxes: list[str]) -> bool:
    """A browser can begin before the end arrives: one index, and it is before the data."""
    return (
        "moov" in boxes
        and "moof" not in boxes
        and ("mdat" not in boxes or boxes.index("moov") < boxes.index("mdat"))
    )
