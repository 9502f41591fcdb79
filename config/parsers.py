"""JSON that can be read: of bounded size, in UTF-8, with text that can be stored."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BoundedJSONParser(JSONParser):
    """REST framework's own reads a body of any size, in whatever charset the header names."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise RequestDataTooBig
        try:
            data = json.loads(raw.decode(), parse_constant=_refuse_constant)
            if b"\\ud" in raw.lower():  # an escape may stand for half a character
                json.dumps(data, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON in UTF-8: {error}.") from error
        return data


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")
