"""People, memberships and invitations, for looking; people can be edited and deactivated."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.authtoken.models import TokenProxy

from accounts import actions, departures
from accounts.credentials import TooManyAttempts, person_with
from accounts.models import Invitation, Membership, User
from jobs.admin import ForLooking
from jobs.errors import Refusal


class LoginForm(AdminAuthenticationForm):
    """The admin's own way in, throttled like the other."""

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if self.request is not None and given.get("username") and given.get("password"):
            try:
                person = person_with(
                    username=given["username"], password=given["password"], request=self.request
                )
            except (Refusal, TooManyAttempts) as error:
                raise ValidationError(str(error.detail)) from error
            self.confirm_login_allowed(person)
            person.backend = "django.contrib.auth.backends.ModelBackend"
            self.user_cache = person
        return given


admin.site.site_header = "Concord"
admin.site.login_form = LoginForm
admin.site.unregister(Group)
admin.site.unregister(TokenProxy)


class NewPasswordForm(AdminPasswordChangeForm):
    def save(self, commit: bool = True) -> User:
        return actions.set_password(user=self.user, password=self.cleaned_data["password1"])


@admin.register(User)
class PeopleAdmin(UserAdmin):
    list_display = ("username", "display_name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("username", "display_name")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("display_name", "language")}),
        ("Site", {"fields": ("is_active", "is_superuser", "last_login", "date_joined")}),
    )
    change_password_form = NewPasswordForm
    readonly_fields = ("is_active", "is_superuser", "last_login", "date_joined")
    actions = ("deactivate", "reactivate")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are deactivated: their votes are facts and stay theirs."""
        return False

    @admin.action(description="Deactivate the people chosen")
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in queryset:
            try:
                departures.deactivate(user_id=person.pk, by=request.user)  # type: ignore[arg-type]
            except Refusal as refusal:
                self.message_user(request, refusal.detail, messages.ERROR)

    @admin.action(description="Let the people chosen log in again")
    def reactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in queryset:
            departures.reactivate(user_id=person.pk)


@admin.register(Membership)
class MembershipAdmin(ForLooking):
    list_display = ("corpus", "user", "role", "pseudonym", "stages", "paused_at", "joined_at")
    list_filter = ("corpus", "role")
    search_fields = ("user__username", "user__display_name", "pseudonym")
    list_select_related = ("corpus", "user")


@admin.register(Invitation)
class InvitationAdmin(ForLooking):
    list_display = ("corpus", "role", "note", "invited_by", "expires_at", "accepted_by")
    list_filter = ("corpus", "role")
    list_select_related = ("corpus", "invited_by", "accepted_by")
    exclude = ("token_digest",)
