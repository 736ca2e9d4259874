"""``@api`` says beside a view what it reads and answers; from that and the URL map the OpenAPI document is built."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Flask
from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import Rule

V = TypeVar("V", bound=Callable[..., Any])

_FORM = "application/x-www-form-urlencoded"
_REFERENCE = "#/components/schemas/{model}"
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Header:
    """A header that a view reads."""

    name: str
    description: str
    required: bool = False
    pattern: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "in": "header",
            "required": self.required,
            "description": self.description,
            "schema": {"type": "string", **({"pattern": self.pattern} if self.pattern else {})},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one view reads and answers.

    Attributes:
        query: model of the query string.
        headers: that the view reads, beside those of HTTP itself.
        body: model of the body, sent as JSON or as a form.
        upload: name of the multipart field that carries files, where the body is an upload.
        raw: media type of a body that is bytes.
        bodiless: whether no body at all is an answerable request, too.
        answers: status -> model of the JSON, or None where there is no body worth a schema.
        produces: further media types of the first answer, beside JSON.
        html: whether people get a page under the same address.
        login: whether somebody must be logged in.
    """

    summary: str
    description: str = ""
    tag: str
    query: type[BaseModel] | None = None
    headers: tuple[Header, ...] = ()
    body: type[BaseModel] | None = None
    upload: str | None = None
    raw: str | None = None
    bodiless: bool = False
    answers: Mapping[int, type[BaseModel] | None] = field(default_factory=lambda: {200: None})
    produces: tuple[str, ...] = ()
    html: bool = True
    login: bool = False


class ProblemEntry(BaseModel):
    """One of several things that are wrong, and where."""

    message: str
    field: str | None = None
    line: int | None = None
    column: int | None = None
    node: str | None = None
    hint: str | None = None


class ProblemReport(BaseModel):
    """An error, as RFC 9457 writes it. `code` is stable and meant for programs."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemEntry] = []


def api(
    summary: str,
    *,
    tag: str,
    description: str = "",
    query: type[BaseModel] | None = None,
    headers: tuple[Header, ...] = (),
    body: type[BaseModel] | None = None,
    upload: str | None = None,
    raw: str | None = None,
    bodiless: bool = False,
    answers: Mapping[int, type[BaseModel] | None] | None = None,
    produces: tuple[str, ...] = (),
    html: bool = True,
    login: bool = False,
) -> Callable[[V], V]:
    """Describe the view below for `/openapi.json`; see :class:`Operation`. It changes nothing about the view."""
    operation = Operation(
        summary=summary,
        description=description,
        tag=tag,
        query=query,
        headers=headers,
        body=body,
        upload=upload,
        raw=raw,
        bodiless=bodiless,
        answers=answers or {200: None},
        produces=produces,
        html=html,
        login=login,
    )

    def mark(view: V) -> V:
        view.__api__ = operation  # type: ignore[attr-defined]
        return view

    return mark


def operations(app: Flask) -> list[tuple[Rule, str, Operation | None]]:
    """Return every (rule, method, description) the application answers to; static files aside."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.endpoint.endswith(".static"):
            continue
        view = app.view_functions[rule.endpoint]
        found += [
            (rule, method, getattr(view, "__api__", None))
            for method in _METHODS
            if method.upper() in (rule.methods or set())
        ]
    return found


def document(app: Flask, *, title: str, version: str, description: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of the routes that carry ``@api``."""
    described = [(rule, method, one) for rule, method, one in operations(app) if one is not None]
    schemas = _schemas([one for _, _, one in described])
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, one in sorted(described, key=lambda entry: (entry[0].rule, entry[1])):
        paths.setdefault(path_of(rule), {})[method] = _operation_json(rule, method, one)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": description},
        "tags": [{"name": name} for name in sorted({one.tag for _, _, one in described})],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {
                "Problem": {
                    "description": "What went wrong",
                    "content": {"application/problem+json": {"schema": _reference(ProblemReport)}},
                }
            },
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(described: list[Operation]) -> dict[str, Any]:
    modes: dict[type[BaseModel], JsonSchemaMode] = {ProblemReport: "serialization"}
    for one in described:
        if one.body:
            modes[one.body] = "validation"
        for model in one.answers.values():
            if model:
                modes.setdefault(model, "serialization")
    _, found = models_json_schema(list(modes.items()), ref_template=_REFERENCE)
    return dict(found["$defs"])


def path_of(rule: Rule) -> str:
    """Return the path as OpenAPI writes it, such as ``/runs/{run_id}``."""
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REFERENCE.format(model=model.__name__)}


def _operation_json(rule: Rule, method: str, one: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{method}_{rule.endpoint}_{path_of(rule)}").strip("_"),
        "summary": one.summary,
        "tags": [one.tag],
        "parameters": _parameters(rule, one),
        "responses": _responses(one),
    }
    if one.description:
        found["description"] = one.description
    if one.login:
        found["security"] = [{"bearer": []}, {}]
    if content := _request_content(one):
        found["requestBody"] = {"required": one.body is None and not one.bodiless, "content": content}
    return found


def _parameters(rule: Rule, one: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in sorted(rule.arguments)
    ]
    if one.query:
        schema = one.query.model_json_schema(ref_template=_REFERENCE)
        definitions = schema.get("$defs", {})
        for name, facts in schema.get("properties", {}).items():
            resolved = _inlined(facts, definitions)
            text = resolved.pop("description", "")
            required = name in schema.get("required", ())
            parameter = {"name": name, "in": "query", "required": required, "schema": resolved}
            found.append({**parameter, "description": text} if text else parameter)
    return found + [header.to_json() for header in one.headers]


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """Return *schema* with its references replaced by what they name: query models are small and have no cycles."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
        return {name: _inlined(value, definitions) for name, value in schema.items()}
    if isinstance(schema, list):
        return [_inlined(value, definitions) for value in schema]
    return schema


def _request_content(one: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if one.body:
        content |= {mimetype: {"schema": _reference(one.body)} for mimetype in ("application/json", _FORM)}
    if one.upload:
        files = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
        schema = {"type": "object", "properties": {one.upload: files}, "required": [one.upload]}
        content["multipart/form-data"] = {"schema": schema}
    if one.raw:
        content[one.raw] = {"schema": {}}
    return content


def _responses(one: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for place, (status, model) in enumerate(one.answers.items()):
        content: dict[str, Any] = {}
        if status not in (204, 303, 304):
            content["application/json"] = {"schema": _reference(model) if model else {}}
            if one.html:
                content["text/html"] = {"schema": {"type": "string"}}
            if place == 0:
                content |= {mimetype: {"schema": {}} for mimetype in one.produces}
        found[str(status)] = {"description": _meaning(status), **({"content": content} if content else {})}
    found["default"] = {"$ref": "#/components/responses/Problem"}
    return found


def _meaning(status: int) -> str:
    meanings = {200: "Done", 201: "Made", 202: "Accepted", 204: "Done, nothing to say", 303: "See the page named"}
    return meanings.get(status, "Answer")
