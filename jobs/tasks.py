"""Celery's side of the jobs themselves."""

from celery import shared_task

from jobs import actions

SWEEP_EVERY = 10.0  # s


@shared_task(expires=SWEEP_EVERY)  # a queue of old sweeps would help nobody
def sweep() -> None:
    actions.sweep()


@shared_task(expires=SWEEP_EVERY)
def give_sign(queue: str) -> None:
    """Sent to a queue of its own worker, who shows by it that it is there."""
    actions.give_sign(queue)
