"""The labelings that the batches of a selection run have opened, as SQL.

`r` is a clip's row of the run, `k` its predicted class, `l` the labeling that its batch's opening
has made of it: none before, and for ever this one, whatever others open later. `e` is the
emotion of a pair.
"""

from annotation.protocol import SEAT_STAGES, Stage

ITS_CLASS = """
    JOIN selection_selectionclass k ON k.run_id = r.run_id AND k.position = r.position"""
ITS_LABELING = """
    LEFT JOIN selection_selectionbatch b ON b.id = r.batch_id
    LEFT JOIN annotation_labeling l ON l.clip_id = r.clip_id AND l.opening_id = b.opening_id"""

FINAL_PAIRS = """FROM annotation_labelpair p JOIN annotation_emotion e ON e.id = p.emotion_id
    WHERE p.labeling_id = l.id AND p.round = l.round AND p.withdrawn_at IS NULL
        AND l.stage = 'labeled'"""
LABELS = f"(SELECT array_agg(e.code ORDER BY p.rank) {FINAL_PAIRS})"
# A clip is predicted right if the class is one of its final labels.
RIGHT = f"EXISTS (SELECT {FINAL_PAIRS} AND e.code = k.code)"

WAITING, OPEN = "waiting", "open"
OVER = (Stage.LABELED.value, Stage.UNLABELED.value, Stage.SET_ASIDE.value)
STATES = ("any", WAITING, OPEN, *OVER)
IN_STATE = {
    WAITING: "l.id IS NULL",
    OPEN: f"l.stage IN ({', '.join(repr(stage.value) for stage in SEAT_STAGES)})",
    **{stage: f"l.stage = '{stage}'" for stage in OVER},
}
