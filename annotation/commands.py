"""What the commands about a corpus have in common."""

from django.core.management.base import CommandError

from collection.models import Corpus


def corpus_called(slug: str) -> Corpus:
    corpus = Corpus.objects.filter(slug=slug).first()
    if corpus is None:
        known = ", ".join(Corpus.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f'There is no corpus "{slug}" (there is: {known}).')
    return corpus
