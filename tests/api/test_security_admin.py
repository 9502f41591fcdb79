"""The admin is for looking: it shows everything and changes people only."""

import pytest
from django.utils import timezone
from rest_framework.authtoken.models import Token

from accounts import invitations
from tests.api.conftest import PASSWORD

NEW = "another long secret"


@pytest.fixture
def admin(client, person):
    client.force_login(person("root", site_administrator=True))
    return client


@pytest.fixture
def anna(person, corpus):
    return person("anna", corpus)


def test_memberships_and_invitations_are_read_only(admin, anna, corpus, person):
    cora = person("cora", corpus, "coordinator")
    invitation, _ = invitations.invite(
        corpus=corpus, role="annotator", note="", invited_by=cora, at=timezone.now()
    )
    for model, row in (("membership", anna.memberships.get()), ("invitation", invitation)):
        assert admin.get(f"/admin/accounts/{model}/").status_code == 200
        page = admin.get(f"/admin/accounts/{model}/{row.pk}/change/")
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
        for action in ("add/", f"{row.pk}/delete/"):
            assert admin.get(f"/admin/accounts/{model}/{action}").status_code == 403
        assert admin.post(f"/admin/accounts/{model}/{row.pk}/change/", {}).status_code == 403
    assert invitation.token_digest.encode() not in page.content


def test_people_are_edited_and_deactivated_and_never_deleted(admin, anna):
    address = f"/admin/accounts/user/{anna.pk}/"
    shown = {"username": "anna", "display_name": "Anna B.", "language": "zh-hans"}
    assert admin.post(f"{address}change/", shown).status_code == 302
    assert admin.get(f"{address}delete/").status_code == 403
    for action, active in (("deactivate", False), ("reactivate", True)):
        chosen = {"action": action, "_selected_action": [anna.pk]}
        assert admin.post("/admin/accounts/user/", chosen).status_code == 302
        anna.refresh_from_db()
        assert anna.is_active is active
    assert anna.display_name == "Anna B."


def test_the_last_site_administrator_is_not_deactivated(admin):
    from accounts.models import User

    root = User.objects.get(username="root")
    chosen = {"action": "deactivate", "_selected_action": [root.pk]}
    page = admin.post("/admin/accounts/user/", chosen, follow=True)
    assert b"last active site administrator" in page.content
    root.refresh_from_db()
    assert root.is_active


def test_people_are_made_and_given_passwords(admin, anna, open_browser):
    made = {"username": "ben", "usable_password": "true", "password1": NEW, "password2": NEW}
    assert admin.post("/admin/accounts/user/add/", made).status_code == 302
    assert open_browser().log_in("ben", NEW).status_code == 200

    Token.objects.create(user=anna)
    assert open_browser().log_in("anna", PASSWORD).status_code == 200
    fields = {"usable_password": "true", "password1": NEW, "password2": NEW}
    answer = admin.post(f"/admin/accounts/user/{anna.pk}/password/", fields)
    assert answer.status_code == 302
    assert open_browser().log_in("anna", NEW).status_code == 200
    assert not Token.objects.filter(user=anna).exists()


def test_a_username_that_differs_in_case_only_is_refused_with_a_sentence(admin, anna):
    made = {"username": "ANNA", "usable_password": "true", "password1": NEW, "password2": NEW}
    page = admin.post("/admin/accounts/user/add/", made)
    assert page.status_code == 200
    assert b"already exists" in page.content
