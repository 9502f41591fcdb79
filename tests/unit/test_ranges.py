"""Which bytes are answered with (RFC 9110)."""

import pytest

from collection.ranges import Part, Unsatisfiable, asked_part, if_range_holds, none_match


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None),
        ("bytes=0-", Part(0, 99)),
        ("bytes=0-0", Part(0, 0)),
        ("bytes=10-19", Part(10, 19)),
        ("bytes=950-", Part(950, 999)),
        ("bytes=950-5000", Part(950, 999)),
        ("bytes=-5", Part(995, 999)),
        ("bytes=-5000", Part(0, 99)),
        ("bytes=500-999", Part(500, 599)),
        ("BYTES = 1 - 2", Part(1, 2)),
        # Malformed, of another unit, or several: the whole file.
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-5", None),
        ("bytes", None),
        ("", None),
        ("bytes=99999999999999999999999-", None),
    ],
)
def test_a_range_is_one_part_of_at_most_so_many_bytes(
    header: str | None, part: Part | None
) -> None:
    assert asked_part(header, size=1000, at_most=100) == part


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-2000", "bytes=-0"])
def test_a_range_behind_the_end_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        asked_part(header, size=1000, at_most=100)


def test_nothing_of_an_empty_file_can_be_had() -> None:
    with pytest.raises(Unsatisfiable):
        asked_part("bytes=0-", size=0, at_most=100)


def test_a_range_counts_only_if_the_file_is_the_same() -> None:
    assert if_range_holds(None, etag='"a"')
    assert if_range_holds('"a"', etag='"a"')
    assert not if_range_holds('"b"', etag='"a"')
    assert not if_range_holds('W/"a"', etag='"a"')
    assert not if_range_holds("Wed, 21 Oct 2026 07:28:00 GMT", etag='"a"')


def test_who_has_the_file_already_is_told_so() -> None:
    assert none_match('"x", W/"a"', etag='"a"')
    assert none_match("*", etag='"a"')
    assert not none_match('"x"', etag='"a"')
    assert not none_match(None, etag='"a"')
