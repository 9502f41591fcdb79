"""What is asked of a clip that people practice on, and of Concord's own cartoons."""

import math
from dataclasses import dataclass

from annotation.protocol import Reliability, Stage
from collection.models import Corpus


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is asked of a practice clip and what a good answer is, as a coordinator says it.

    `emotion` is the expected label in the emotion stage and the proposed one in the
    reliability check; valence is right from `valence_from` to `valence_to`.
    """

    clip: str
    stage: str
    emotion: str | None = None
    reliability: str | None = None
    valence_from: int | None = None
    valence_to: int | None = None
    explanation_en: str = ""
    explanation_zh: str = ""


# Of Concord's own cartoons, by mood. The steps are those of a range from -5 to 5.
OWN: dict[str, Lesson] = {
    "sadness": Lesson(
        clip="",
        stage=Stage.EMOTION,
        emotion="sadness",
        explanation_en=(
            "Eyes cast down, slow and quiet speech, a tear: this is sadness. Judge by face and "
            "voice together, and name a second label only if you clearly see two."
        ),
        explanation_zh=(
            "目光低垂，说话又慢又轻，还流下一滴泪：这是悲伤。请结合表情和声音判断，"
            "只有明显看出两种情绪时才选第二个标签。"
        ),
    ),
    "anger": Lesson(
        clip="",
        stage=Stage.RELIABILITY,
        emotion="happiness",
        reliability=Reliability.UNRELIABLE,
        explanation_en=(
            "The proposed label is happiness, but brows drawn together and a loud, hard voice "
            "show anger. A label that does not fit what you see and hear is unreliable."
        ),
        explanation_zh=(
            "给出的标签是高兴，可是眉头紧锁、声音又响又硬，表现的是愤怒。"
            "标签与所见所闻不符，就是不可靠。"
        ),
    ),
    "happiness": Lesson(
        clip="",
        stage=Stage.VALENCE,
        valence_from=2,
        valence_to=5,
        explanation_en=(
            "A broad smile and a laughing voice are clearly pleasant, so the right half of the "
            "scale is right. How far to the right is your own judgement."
        ),
        explanation_zh=(
            "笑容灿烂，声音带笑，明显是愉快的，所以应选量表的右半边。往右多远，由您自己判断。"
        ),
    ),
}
SCALE = 5  # the valence in OWN is of this much to either side


def on_scale(corpus: Corpus, lesson: Lesson) -> tuple[int | None, int | None]:
    """The lesson's range of valence on the corpus's own scale."""
    if lesson.valence_from is None or lesson.valence_to is None:
        return None, None
    middle = (corpus.valence_min + corpus.valence_max) / 2
    half = (corpus.valence_max - corpus.valence_min) / 2
    least = math.ceil(middle + half * lesson.valence_from / SCALE)
    return least, max(least, math.floor(middle + half * lesson.valence_to / SCALE))
