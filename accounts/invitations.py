"""What is done with invitations: a link that one person uses once."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts import links
from accounts.actions import NewPerson, add_member, make_person
from accounts.models import Invitation, User
from collection.models import Corpus
from jobs.errors import Refusal

INVITATION_LIFE = timedelta(days=14)


@transaction.atomic
def invite(
    *, corpus: Corpus, role: str, note: str, invited_by: User, at: datetime
) -> tuple[Invitation, str]:
    """A new invitation and its link, which is known only now."""
    token = links.draw_token()
    invitation = Invitation(
        corpus=corpus,
        role=role,
        note=note.strip(),
        token_digest=links.digest(token),
        invited_by=invited_by,
        created_at=at,
        expires_at=at + INVITATION_LIFE,
    )
    invitation.clean_fields()
    invitation.save()
    return invitation, links.invitation_url(token)


@transaction.atomic
def revoke(*, corpus: Corpus, invitation_id: int, at: datetime) -> Invitation:
    """Make an open link worthless; revoking again changes nothing."""
    invitation = (
        Invitation.objects.select_for_update().filter(corpus=corpus, pk=invitation_id).first()
    )
    if invitation is None:
        raise Refusal(
            "no_such_invitation",
            f"Corpus {corpus.slug} has no invitation {invitation_id}. Reload the list.",
            status=404,
            corpus=corpus.slug,
            invitation=invitation_id,
        )
    if invitation.accepted_by:
        raise Refusal(
            "invitation_accepted",
            f"{invitation.accepted_by} has accepted this invitation, so it cannot be revoked. "
            "Pause the person instead.",
            username=invitation.accepted_by.username,
        )
    if invitation.revoked_at is None:
        invitation.revoked_at = at
        invitation.save(update_fields=["revoked_at"])
    return invitation


def open_invitation(*, token: str, at: datetime) -> Invitation:
    """The open invitation of this link; a Refusal says why there is none."""
    invitation = _with_token(token)
    _check_open(invitation, at)
    return invitation


@transaction.atomic
def accept(*, token: str, by: User | NewPerson, at: datetime) -> User:
    """Join the corpus, as a known person or as a new one; the link is used up.

    The invitation is locked, so of two that come at once one is refused. The same
    person asking again changes nothing.
    """
    invitation = _with_token(token, lock=True)
    if isinstance(by, User) and invitation.accepted_by_id == by.pk:
        return by
    _check_open(invitation, at)
    user = make_person(person=by) if isinstance(by, NewPerson) else by
    add_member(corpus=invitation.corpus, user=user, role=invitation.role)
    invitation.accepted_at = at
    invitation.accepted_by = user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return user


def _with_token(token: str, *, lock: bool = False) -> Invitation:
    invitations = Invitation.objects.filter(corpus__deletions=None).select_related("corpus")
    if lock:
        invitations = invitations.select_for_update(of=("self",))
    invitation = invitations.filter(token_digest=links.digest(token)).first()
    if invitation is None:
        raise Refusal(
            "invitation_not_found",
            "This invitation link is not known. Check that it was copied whole, or ask the "
            "coordinator for a new one.",
            status=404,
        )
    return invitation


def _check_open(invitation: Invitation, at: datetime) -> None:
    state = invitation.state(at)
    if state != Invitation.State.OPEN:
        happened = {
            Invitation.State.ACCEPTED: "was used already, and an invitation is for one person",
            Invitation.State.REVOKED: "was revoked",
            Invitation.State.EXPIRED: f"expired on {invitation.expires_at:%Y-%m-%d}",
        }[state]
        raise Refusal(
            f"invitation_{state.value}",
            f"This invitation to {invitation.corpus.name} {happened}. Ask the coordinator for a "
            "new one.",
            corpus_name=invitation.corpus.name,
            expires_at=invitation.expires_at.isoformat(),
        )
