"""Three cartoons of our own to practice on, for corpora that have chosen no clips for it.

They are drawn once for an installation (`collection.cartoon.practice`) and lie with the
media; what is asked of each is `annotation.practice`'s matter.
"""

from collection import storage
from jobs.actions import start_job
from jobs.models import Job

JOB = "draw_practice_clips"
# By mood: the seed of its cartoon, and how long it then is (s).
SEEDS = {"sadness": 308, "anger": 303, "happiness": 306}
DURATIONS = {"sadness": 3.64, "anger": 2.8, "happiness": 4.08}


def relative_path_of(mood: str) -> str:
    return f"practice/{mood}.mp4"


def missing() -> list[str]:
    """The moods whose cartoon is not drawn yet."""
    return [mood for mood in SEEDS if not storage.exists(relative_path_of(mood))]


def ask_for_drawing() -> None:
    """Have a worker draw what is missing, unless one has been asked already."""
    if not Job.objects.unfinished().filter(kind=JOB).exists():
        start_job(
            kind=JOB,
            task="collection.tasks.draw_practice_clips",
            corpus=None,
            created_by=None,
            total=len(SEEDS),
        )
