"""Answers held against what the API says of itself."""

import re
from functools import cache

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft4Validator


@cache
def description():
    return SchemaGenerator().get_schema(request=None, public=True)


def check_against_description(response, path: str, method: str = "post") -> None:
    """The body fits what the API says of this answer."""
    answers = description()["paths"][path][method]["responses"]
    told = answers[str(response.status_code)]
    if response.status_code == 204:
        assert response.content == b""
        assert set(told["headers"]) <= set(response.headers)
        return
    shape = told["content"]["application/json"]["schema"]
    schema = plain(shape) | {"components": plain(description()["components"])}
    Draft4Validator(schema).validate(response.json())


def plain(shape):
    """OpenAPI 3.0 as JSON schema: `nullable` becomes a choice."""
    if isinstance(shape, list):
        return [plain(part) for part in shape]
    if not isinstance(shape, dict):
        return shape
    rest = {key: plain(part) for key, part in shape.items() if key != "nullable"}
    return {"anyOf": [rest, {"type": "null"}]} if shape.get("nullable") is True else rest


def described_path(address: str) -> str:
    """An address of the resolver as the description writes it.

    >>> described_path("api/v1/queues/<uuid:queue_id>/claim")
    '/api/v1/queues/{queue_id}/claim'
    """
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address)
