"""Numbers and labels freeze with the first vote, also when it is cast at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import IntegrityError, connection, connections, transaction

from tests import factories
from tests.factories import Clock

CHANGES = {
    "numbers": "UPDATE collection_corpus SET labels_per_vote = 1 WHERE id = %s",
    "codes": "UPDATE annotation_emotion SET special = true WHERE code = 'anger' AND corpus_id = %s",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_waits_for_the_first_vote_and_is_refused(change: str) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, Clock())
    (screen,) = a.claim()
    cast, commit = Event(), Event()

    def vote() -> None:
        try:
            with transaction.atomic():
                a.vote(screen, ("anger", "worry"))
                cast.set()
                commit.wait(1)  # s; the change is tried meanwhile and has to wait
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        voted = pool.submit(vote)
        assert cast.wait(30)
        with pytest.raises(IntegrityError, match="frozen"), connection.cursor() as cursor:
            cursor.execute(change, [corpus.pk])
        commit.set()
        voted.result()


@pytest.mark.django_db(transaction=True)
def test_labels_are_changed_while_no_vote_is_cast() -> None:
    corpus = factories.opened()
    with connection.cursor() as cursor:
        for change in CHANGES.values():
            cursor.execute(change, [corpus.pk])
            assert cursor.rowcount == 1
