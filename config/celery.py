"""The Celery app; every app's `tasks` module is found by itself."""

import os
from pathlib import Path
from typing import Any

from celery import Celery, signals

from config.environment import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Celery's command takes BROKER_URL for its own option, without the password that settings fill in.
os.environ.pop("CELERY_BROKER_URL", None)

app = Celery("concord")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def give_sign(**_: Any) -> None:
    """For config.health: this process works, and the broker with it."""
    Path(env.str("SIGN_OF_LIFE")).touch()


def give_signs_when_publishing(**_: Any) -> None:
    signals.after_task_publish.connect(give_sign)


if env.str("SIGN_OF_LIFE"):
    signals.heartbeat_sent.connect(give_sign)  # of a worker, every 2 s
    signals.beat_init.connect(give_signs_when_publishing)
