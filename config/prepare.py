"""What bin/up does before it serves: tables, files of the admin, practice clips, the demo."""

import io
import os
import sys

import django
from django.core.management import CommandError, call_command

from config import state


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        practice_clips()
        accounts()
    except CommandError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def practice_clips() -> None:
    """Draw the cartoons that newcomers practice on: seconds on the first start, nothing later."""
    from collection.practice import missing

    if missing():
        from collection.cartoon.practice import draw_missing

        print("Drawing the practice clips …", flush=True)
        for _ in draw_missing():
            pass


def accounts() -> None:
    """Make the demo corpus on the first start, and say who can log in."""
    from django.conf import settings

    made = state.folder() / "demo-made"
    if not settings.DEMO_ACCOUNTS:
        call_command("demo", close=True, stdout=io.StringIO())
        print("Demo accounts do not work in a network. An administrator of your own is made by")
        print("    .venv/bin/python manage.py create_admin NAME")
    elif made.exists():
        call_command("demo", accounts=True)
    elif not os.environ.get("DATABASE_URL"):
        print("Making the demo corpus …", flush=True)
        call_command("demo")
        made.touch()


if __name__ == "__main__":
    main()
