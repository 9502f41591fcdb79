"""The clips of a corpus as a list: found, sorted, and read a page at a time.

Found and sorted by what the order needs, and only then are the fifty clips of a page read in
full, so that a page costs the same whatever it is sorted by.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection

from annotation.protocol import Stage
from collection.models import Clip, Corpus
from jobs.errors import Refusal

CLIPS_A_PAGE = 50
NAMES_AT_ONCE = 5000  # a statement
UNOPENED = "unopened"
STAGES = [UNOPENED, *(stage.value for stage in Stage)]


@dataclass(frozen=True, slots=True)
class Where:
    """Which clips of a corpus; what is left out does not matter."""

    stage: str | None = None
    round: int | None = None
    reason: str | None = None
    label: str | None = None  # the code of a label proposed in the clip's round
    media: bool | None = None  # whether there is a file to play
    video: str | None = None
    search: str | None = None  # somewhere in the name


# That a labeling is its clip's latest: those before it are over. That a later number is above 1
# says nothing new, but names the small index of clips that were opened again. IS NOT TRUE keeps it
# a condition of each row: as a join it is planned by how many clips had been opened again when
# the statistics were made, and compares all with all when they have become thousands since.
LATEST = """(EXISTS (SELECT FROM annotation_labeling n WHERE n.clip_id = l.clip_id
    AND n.number = l.number + 1 AND n.number > 1)) IS NOT TRUE"""
# The latest labeling of each clip, none where it is unopened.
LABELINGS = f"""
    LEFT JOIN annotation_labeling l ON l.clip_id = c.id AND l.corpus_id = c.corpus_id AND {LATEST}
"""
CONDITIONS = {
    "stage": "l.stage = %(stage)s",
    "round": "l.round = %(round)s",
    "reason": "l.reason = %(reason)s",
    "label": """EXISTS (SELECT FROM annotation_labelpair p
        JOIN annotation_emotion e ON e.id = p.emotion_id
        WHERE p.labeling_id = l.id AND p.round = l.round AND p.withdrawn_at IS NULL
            AND e.code = %(label)s)""",
    "media": "(c.playable <> '') = %(media)s",
    "video": """c.video_id = (SELECT v.id FROM collection_video v
        WHERE v.corpus_id = %(corpus)s AND v.name = %(video)s)""",
    "search": "c.name ILIKE %(search)s",
}
# Votes that stand: neither undone nor voided.
STANDS = "s.answered_at IS NOT NULL AND s.closed IS NULL"
VOTES = f"""
    LEFT JOIN (SELECT s.labeling_id, count(*) AS votes FROM annotation_seat s
        WHERE s.corpus_id = %(corpus)s AND {STANDS} GROUP BY s.labeling_id) v
    ON v.labeling_id = l.id
"""
STAGE_RANK = "array_position(%(stages)s::text[], coalesce(l.stage, 'unopened')::text)"
ORDERS = {
    "name": "c.name {way}",
    "stage": f"{STAGE_RANK} {{way}}, l.round {{way}}, c.name",
    "duration": "c.duration {way} NULLS LAST, c.name",
    "valence": "l.valence_sum::float / l.valence_count {way} NULLS LAST, c.name",
    "moved": "l.moved_at {way} NULLS LAST, c.name",
    "votes": "coalesce(v.votes, 0) {way}, c.name",
}
OF_LABELINGS = {"stage", "round", "reason", "label", "valence", "moved", "votes"}
SORTS = [*ORDERS, *(f"-{name}" for name in ORDERS)]

ROWS = f"""
    SELECT c.name, coalesce(l.stage, 'unopened') AS stage, l.round,
        coalesce((SELECT array_agg(e.code ORDER BY p.rank) FROM annotation_labelpair p
            JOIN annotation_emotion e ON e.id = p.emotion_id
            WHERE p.labeling_id = l.id AND p.round = l.round AND p.withdrawn_at IS NULL),
            '{{}}') AS labels,
        l.valence_sum::float / l.valence_count AS valence, coalesce(l.reason, '') AS reason,
        c.duration, c.playable <> '' AS has_media,
        (SELECT count(*) FROM annotation_seat s WHERE s.labeling_id = l.id AND {STANDS}) AS votes,
        l.moved_at
    FROM collection_clip c {LABELINGS}
    WHERE c.id = ANY(%(ids)s) ORDER BY array_position(%(ids)s, c.id)
"""


def clips_page(
    corpus: Corpus, where: Where, *, sort: str = "name", page: int = 1
) -> tuple[int, list[dict[str, Any]]]:
    """How many clips match, and one page of them."""
    by, way = sort.removeprefix("-"), "DESC" if sort.startswith("-") else "ASC"
    _, counted = _find(corpus, where)
    values, found = _find(corpus, where, by)
    values |= {"most": CLIPS_A_PAGE, "offset": (page - 1) * CLIPS_A_PAGE, "stages": STAGES}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {counted}", values)
        (count,) = cursor.fetchone()
        cursor.execute(
            f"""SELECT c.id {found} ORDER BY {ORDERS[by].format(way=way)}
            LIMIT %(most)s OFFSET %(offset)s""",
            values,
        )
        ids = [clip for (clip,) in cursor.fetchall()]
    return count, clip_rows(ids)


def _find(corpus: Corpus, where: Where, by: str = "") -> tuple[dict[str, Any], str]:
    """The tables that conditions and order need, and no others, and the conditions; first
    their values."""
    values = {name: value for name, value in asdict(where).items() if value is not None}
    conditions = ["c.corpus_id = %(corpus)s"]
    for name in values:
        unopened = name == "stage" and where.stage == UNOPENED
        conditions.append("l.id IS NULL" if unopened else CONDITIONS[name])
    tables = "FROM collection_clip c"
    if OF_LABELINGS & {*values, by}:
        tables += LABELINGS
    if by == "votes":
        tables += VOTES
    if where.search is not None:
        values["search"] = f"%{_as_it_is(where.search)}%"
    return {**values, "corpus": corpus.pk}, f"{tables} WHERE {' AND '.join(conditions)}"


def clip_rows(ids: Sequence[int]) -> list[dict[str, Any]]:
    """What the list shows of these clips, in this order."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS, {"ids": list(ids)})
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def select_clips(corpus: Corpus, where: Where) -> tuple[str, dict[str, Any]]:
    """A query for the ids of the clips that match, and its values."""
    values, found = _find(corpus, where)
    return f"SELECT c.id {found}", values


def clips_named(corpus: Corpus, names: Sequence[str]) -> list[int]:
    """The clips of these names; a name that is none of the corpus's refuses them all."""
    wanted = list(dict.fromkeys(names))
    if not wanted:
        raise Refusal("no_clips_named", "No clip is named; name at least one.", status=400)
    clips: dict[str, int] = {}
    for at in range(0, len(wanted), NAMES_AT_ONCE):
        found = Clip.objects.filter(corpus=corpus, name__in=wanted[at : at + NAMES_AT_ONCE])
        clips.update(found.values_list("name", "pk"))
    unknown = [name for name in wanted if name not in clips]
    if unknown:
        raise Refusal(
            "unknown_clip",
            f"{len(unknown)} of {len(wanted)} names are not clips of corpus {corpus.slug}, the "
            f'first is "{unknown[0]}"; import them first or correct the names.',
            status=400,
            value=unknown[0],
            count=len(unknown),
        )
    return [clips[name] for name in wanted]


def _as_it_is(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
