"""Settings, addresses and servers: everything that knows all the apps."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
