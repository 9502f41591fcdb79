"""What the session and invitation pages send and get."""

from typing import Any

from rest_framework import serializers

from accounts.invitations import INVITATION_LIFE
from accounts.models import Invitation, Role, User

PASSWORD_LENGTH = 1000  # characters; more is a mistake or an attack


class SessionMembershipSerializer(serializers.Serializer[Any]):
    corpus = serializers.SlugField(
        source="corpus.slug", help_text="The corpus's name in addresses."
    )
    corpus_name = serializers.CharField(source="corpus.name", help_text="Its name on screen.")
    role = serializers.ChoiceField(Role.choices, help_text="The person's one role in it.")
    paused = serializers.SerializerMethodField(help_text="Whether the person gets no clips now.")
    practiced = serializers.SerializerMethodField(
        help_text="Whether the person has been through the tour before real work."
    )

    def get_paused(self, membership: Any) -> bool:
        return membership.paused_at is not None

    def get_practiced(self, membership: Any) -> bool:
        return membership.practiced_at is not None


class SessionUserSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField(help_text="What the person logs in with.")
    display_name = serializers.CharField(help_text="What others see; may be empty.")
    language = serializers.ChoiceField(User.Language.choices, help_text="Language of the screens.")
    rest_reminder = serializers.BooleanField(
        help_text="Whether to be reminded to rest after 25 minutes of labeling."
    )
    is_site_administrator = serializers.BooleanField(
        help_text="Whether the person coordinates every corpus and makes new ones."
    )
    memberships = SessionMembershipSerializer(many=True, help_text="By corpus, in its order.")


class SessionSerializer(serializers.Serializer[Any]):
    user = SessionUserSerializer(allow_null=True, help_text="Who is logged in; null if nobody is.")


class CredentialsSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150, help_text="In any case.")
    password = serializers.CharField(
        max_length=PASSWORD_LENGTH, trim_whitespace=False, write_only=True, help_text="As it is."
    )


class SessionChangeSerializer(serializers.Serializer[Any]):
    display_name = serializers.CharField(
        max_length=150, required=False, allow_blank=True, help_text="What others see."
    )
    language = serializers.ChoiceField(
        User.Language.choices, required=False, help_text="Language of the screens."
    )
    rest_reminder = serializers.BooleanField(
        required=False, help_text="Whether to be reminded to rest after 25 minutes of labeling."
    )


class PasswordChangeSerializer(serializers.Serializer[Any]):
    old_password = serializers.CharField(
        max_length=PASSWORD_LENGTH, trim_whitespace=False, help_text="The one that is valid now."
    )
    new_password = serializers.CharField(
        max_length=PASSWORD_LENGTH, trim_whitespace=False, help_text="At least 8 characters."
    )


class PasswordResetSerializer(serializers.Serializer[Any]):
    uid = serializers.CharField(max_length=64, help_text="As in the link.")
    token = serializers.CharField(max_length=200, help_text="As in the link.")
    new_password = serializers.CharField(
        max_length=PASSWORD_LENGTH, trim_whitespace=False, help_text="At least 8 characters."
    )


class ScriptTokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(
        help_text="To be sent as `Authorization: Token …`; valid until the password changes."
    )


class InvitationOfferSerializer(serializers.Serializer[Any]):
    """What somebody with a link sees before they join."""

    corpus_name = serializers.CharField(source="corpus.name", help_text="The corpus to join.")
    role = serializers.ChoiceField(Role.choices, help_text="The role that is offered.")
    expires_at = serializers.DateTimeField(help_text="The link works until then.")


class InvitationAcceptanceSerializer(serializers.Serializer[Any]):
    """Somebody new says who they are; somebody logged in sends nothing."""

    username = serializers.CharField(
        max_length=150, required=False, help_text="What the person will log in with."
    )
    display_name = serializers.CharField(
        max_length=150, required=False, allow_blank=True, help_text="What others see."
    )
    password = serializers.CharField(
        max_length=PASSWORD_LENGTH,
        required=False,
        trim_whitespace=False,
        help_text="At least 8 characters.",
    )
    language = serializers.ChoiceField(
        User.Language.choices, required=False, help_text="Language of the screens."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        known = self.context["user"]
        if known:
            said = f'You are logged in as "{known.username}" and join as that person. Leave this '
            errors = {field: [said + "out, or log out to join as somebody new."] for field in attrs}
        else:
            missing = [field for field in ("username", "password") if field not in attrs]
            errors = {field: ["This is needed to join as somebody new."] for field in missing}
        if errors:
            raise serializers.ValidationError(errors)
        return attrs


class NewInvitationSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(
        Role.choices, default=Role.ANNOTATOR, help_text="The role that is offered."
    )
    note = serializers.CharField(
        max_length=200, default="", allow_blank=True, help_text="Whom it is for; shown in the list."
    )


class IssuedInvitationSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    url = serializers.CharField(
        help_text=f"For one person, {INVITATION_LIFE.days} days long. Shown only now."
    )
    role = serializers.ChoiceField(Role.choices, help_text="The role that is offered.")
    note = serializers.CharField(help_text="Whom it is for.")
    expires_at = serializers.DateTimeField(help_text="The link works until then.")


class InvitationSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    role = serializers.ChoiceField(Role.choices, help_text="The role that is offered.")
    note = serializers.CharField(help_text="Whom it is for.")
    created_at = serializers.DateTimeField(help_text="When it was made.")
    expires_at = serializers.DateTimeField(help_text="The link works until then.")
    state = serializers.ChoiceField(Invitation.State.choices, help_text="Whether it can be used.")
    accepted_by = serializers.CharField(
        allow_null=True, help_text="Who joined with it; null as long as nobody has."
    )


class InvitationsPageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = InvitationSerializer(many=True)
