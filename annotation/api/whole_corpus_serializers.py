"""What is sent and got about a corpus as a whole: copies and deletions."""

from typing import Any, ClassVar

from rest_framework import serializers

from collection.models import Corpus, CorpusDeletion
from jobs.serializers import JobSerializer


class CopyRequestSerializer(serializers.ModelSerializer[Corpus]):
    class Meta:
        model = Corpus
        fields = ("slug", "name")
        extra_kwargs: ClassVar[dict[str, Any]] = {"slug": {"validators": []}}


class StartedCopySerializer(serializers.Serializer[Any]):
    corpus = serializers.SlugField(help_text="The new corpus's slug.")
    job = JobSerializer()


class DeletionRequestSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField(max_length=200, help_text="The corpus's slug, typed.")


class DeletionSerializer(serializers.ModelSerializer[CorpusDeletion]):
    by = serializers.CharField(source="by.username")
    job = JobSerializer(allow_null=True)
    gone = serializers.SerializerMethodField(help_text="Whether nothing is left of the corpus.")

    class Meta:
        model = CorpusDeletion
        fields = ("id", "slug", "name", "by", "at", "gone", "job")

    def get_gone(self, deletion: CorpusDeletion) -> bool:
        return deletion.corpus_id is None


class DeletionsPageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = DeletionSerializer(many=True)
