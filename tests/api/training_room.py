"""A corpus with D_l, somebody who administers the site, and addresses below it."""

from collections.abc import Sequence
from typing import Any

from django.test import Client

from accounts.models import User
from collection.models import Clip, Corpus
from tests import factories, trained
from training.models import TrainingRun

CORPUS = "/api/corpora/films"


class Room:
    """`get`, `post` and `delete` speak to the addresses below the corpus."""

    def __init__(self, clips: Sequence[str] = trained.CLIPS) -> None:
        self.corpus: Corpus = factories.corpus("films")
        self.root: User = factories.person(site_administrator=True)
        if clips:
            trained.label_clips(self.corpus, tuple(clips))
        self.client = Client(raise_request_exception=False)
        self.client.force_login(self.root)

    def get(self, path: str = "") -> Any:
        return self.client.get(f"{CORPUS}/{path}")

    def post(self, path: str, data: Any = None) -> Any:
        return self.client.post(f"{CORPUS}/{path}", data or {}, content_type="application/json")

    def send(self, path: str, form: dict[str, Any]) -> Any:
        return self.client.post(f"{CORPUS}/{path}", form)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"{CORPUS}/{path}")

    def refusal(self, answer: Any) -> tuple[int, str]:
        return answer.status_code, answer.json()["error"]["code"]

    def imported(self, name: str, **options: Any) -> Any:
        return trained.imported(self.corpus, name, self.root, **options)

    def trained(self, *sets: Any) -> TrainingRun:
        """A finished run with these feature sets."""
        return trained.trained(trained.asked(self.corpus, list(sets), self.root)[0])

    def give_films(self) -> None:
        """The clips have files, as far as the database knows."""
        for clip in Clip.objects.filter(corpus=self.corpus):
            clip.file = clip.playable = f"{self.corpus.pk}/{clip.pk}.mp4"
            clip.sha256 = f"{clip.pk:064}"
            clip.save()
