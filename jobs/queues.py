"""Which worker does which job: CELERY_TASK_ROUTES sends tasks to queues by their names."""

from functools import cache

from celery import current_app

DEFAULT_QUEUE = "celery"


@cache
def queue_of(task: str) -> str:
    """The queue whose worker does this task."""
    return str(current_app.amqp.router.route({}, task)["queue"].name)
