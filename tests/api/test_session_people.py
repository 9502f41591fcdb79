"""Roles in a corpus: who has which, and how coordinators change them."""

import pytest
from django.utils import timezone

from accounts import actions
from collection.models import Corpus
from jobs.errors import Refusal


def change(corpus, user, *, seats=0, **changes):
    membership = user.memberships.get(corpus=corpus)
    return actions.change_member(
        corpus=corpus,
        membership_id=membership.pk,
        at=timezone.now(),
        count_seats=lambda membership: seats,
        **changes,
    )


def test_a_role_is_asked_once_per_person_object(person, corpus, django_assert_num_queries):
    anna = person("anna", corpus, "coordinator")
    with django_assert_num_queries(1):
        assert anna.role_in(corpus) == "coordinator"
        assert anna.role_in(corpus) == "coordinator"


def test_a_site_administrator_coordinates_every_corpus(person, corpus, django_assert_num_queries):
    root = person("root", site_administrator=True)
    with django_assert_num_queries(0):
        assert root.role_in(corpus) == "coordinator"


def test_a_paused_annotator_keeps_the_role_and_a_stranger_has_none(person, corpus):
    anna = person("anna", corpus)
    change(corpus, anna, paused=True)
    assert anna.role_in(corpus) == "annotator"
    assert person("ben").role_in(corpus) is None


def test_pausing_keeps_the_moment_it_began(person, corpus):
    anna = person("anna", corpus)
    first = change(corpus, anna, paused=True).paused_at
    assert first is not None
    assert change(corpus, anna, paused=True).paused_at == first
    assert change(corpus, anna, stages=["valence"]).paused_at == first
    assert change(corpus, anna, paused=False).paused_at is None


def test_people_are_held_to_stages_and_let_go(person, corpus):
    anna = person("anna", corpus)
    assert change(corpus, anna, stages=["valence", "emotion"]).stages == ["emotion", "valence"]
    assert change(corpus, anna, stages=[]).stages == []


def test_an_annotator_with_seats_does_not_become_coordinator(person, corpus):
    anna = person("anna", corpus)
    with pytest.raises(Refusal, match="a coordinator holds no seats"):
        change(corpus, anna, role="coordinator", seats=3)
    assert change(corpus, anna, role="coordinator").role == "coordinator"
    assert change(corpus, anna, role="annotator", seats=3).role == "annotator"


def test_a_coordinator_is_neither_paused_nor_held(person, corpus):
    cora = person("cora", corpus, "coordinator")
    for changes in ({"paused": True}, {"stages": ["emotion"]}):
        with pytest.raises(Refusal, match="nothing to pause"):
            change(corpus, cora, **changes)


def test_a_site_administrator_does_not_annotate(person, corpus):
    root = person("root", site_administrator=True)
    with pytest.raises(Refusal, match="Join with a second username"):
        actions.add_member(corpus=corpus, user=root, role="annotator")


def test_somebody_of_another_corpus_is_not_found(person, corpus):
    other = Corpus.objects.create(slug="other", name="Other")
    anna = person("anna", other)
    with pytest.raises(Refusal, match="has no member") as refused:
        actions.change_member(
            corpus=corpus,
            membership_id=anna.memberships.get().pk,
            at=timezone.now(),
            count_seats=lambda membership: 0,
            paused=True,
        )
    assert refused.value.status == 404
