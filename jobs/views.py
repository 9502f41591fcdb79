from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs import actions
from jobs.models import Job
from jobs.permissions import IsSiteAdministrator
from jobs.serializers import JobSerializer


def job_for(request: Request, job_id: int) -> Job:
    """The job, if it is this person's business: its creator, its corpus's coordinators,
    site administrators. To everyone else it does not exist."""
    job = Job.objects.select_related("corpus").filter(pk=job_id).first()
    user = request.user
    if job is not None and (
        user.is_site_administrator  # type: ignore[union-attr]
        or job.created_by_id == user.pk
        or (job.corpus is not None and user.role_in(job.corpus) == "coordinator")  # type: ignore[union-attr]
    ):
        return job
    raise Http404(f"There is no job {job_id} among yours.")


class JobView(APIView):
    @extend_schema(responses=JobSerializer)
    def get(self, request: Request, job_id: int) -> Response:
        return Response(JobSerializer(job_for(request, job_id)).data)


class JobCancelView(APIView):
    @extend_schema(request=None, responses=JobSerializer)
    def post(self, request: Request, job_id: int) -> Response:
        """Stop it. What only site administrators start, only they cancel."""
        job = job_for(request, job_id)
        theirs = job.task.startswith(settings.ADMINISTRATORS_TASKS)
        if theirs and not IsSiteAdministrator().has_permission(request, self):
            raise PermissionDenied(IsSiteAdministrator.message)
        return Response(JobSerializer(actions.cancel(job_id=job.pk)).data)
