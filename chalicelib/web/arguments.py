"""What a view is called with: ids from the path, the query and the body, each checked before the view runs."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from re import fullmatch
from typing import Any
from urllib.parse import unquote

from chalice.app import Request
from msgspec import Struct

from chalicelib.errors import (
    BadJson,
    Invalid,
    NotFound,
    TooLarge,
    UnknownAccount,
    UnknownHold,
    UnknownInvoice,
    UnknownPurchase,
    WrongContentType,
)
from chalicelib.people_errors import UnknownInvitation, UnknownKey, UnknownMember, UnknownRole
from chalicelib.web.field_types import ID
from chalicelib.web.fields import Declared, build, problems_of
from chalicelib.web.json_object import read_object
from chalicelib.web.query import read_query

KIB = 1024
UTF_8 = ("utf-8", "utf8")
REPLACED = "\N{REPLACEMENT CHARACTER}".encode()
UNKNOWN: Mapping[str, type[NotFound]] = {
    "account": UnknownAccount,
    "purchase": UnknownPurchase,
    "invoice": UnknownInvoice,
    "hold": UnknownHold,
    "member": UnknownMember,
    "invitation": UnknownInvitation,
    "role": UnknownRole,
    "key": UnknownKey,
}
"""What an impossible id in the path is told as, by the path's name for it."""


@dataclass(frozen=True)
class Wants:
    """A view's parameters by name, with their types, and how large its body may be."""

    parameters: Mapping[str, Any]
    most_bytes: int

    @property
    def json_body(self) -> type[Struct] | None:
        """The type of the body that is read as JSON; None where none is."""
        body = self.parameters.get("body")
        return body if isinstance(body, type) and issubclass(body, Struct) else None


class NoFields(Struct, forbid_unknown_fields=True):
    """A query or body that says nothing."""


def path_ids(path: Mapping[str, str]) -> dict[str, str]:
    """The ids in the path, decoded once: a REST API hands them over as they were sent."""
    return {name: _id(name, text) for name, text in path.items()}


def _id(name: str, text: str) -> str:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        decoded = ""
    if not fullmatch(ID, decoded):
        raise UNKNOWN[name]("No id looks like this.")
    return decoded


def arguments(wants: Wants, request: Request, ids: Mapping[str, str]) -> dict[str, Any]:
    """The view's arguments; raises what is wrong with them. A query that nothing asks for is refused too."""
    found: dict[str, Any] = {name: ids[name] for name in wants.parameters if name in ids}
    query = read_query(query_of(request), wants.parameters.get("query", NoFields))
    if "query" in wants.parameters:
        found["query"] = query
    body = wants.parameters.get("body")
    if body is bytes:
        found["body"] = _bounded(request, wants.most_bytes)
    elif body is not None:
        found["body"] = read_body(request, body, wants.most_bytes)
    return found


def query_of(request: Request) -> dict[str, list[str]]:
    """The query as it was sent: every value of each name."""
    parameters = request.query_params
    return {name: parameters.getlist(name) for name in parameters} if parameters else {}


def read_body(request: Request, declared: type[Declared], most_bytes: int) -> Declared:
    """The JSON body as declared; raises Unreadable, or Invalid with every problem. No body is an empty object."""
    raw = _bounded(request, most_bytes)
    value = _object(request, raw, most_bytes) if raw.strip() else {}
    problems = problems_of(value, declared)
    if problems:
        raise Invalid(problems)
    return build(value, declared)


def _object(request: Request, raw: bytes, most_bytes: int) -> dict[str, Any]:
    if not _is_json(request.headers.get("content-type", "application/json")):
        raise WrongContentType("The body is declared as something else than JSON in UTF-8.")
    # JSON is none of the API's binary types, so API Gateway hands it over as text, each byte that is no UTF-8 replaced
    # by U+FFFD: what was sent is lost. Whoever means that very character can write it as \ufffd.
    if REPLACED in raw:
        raise BadJson("The body is not UTF-8, or holds the character U+FFFD itself.")
    return read_object(raw, most_bytes)


def _is_json(content_type: str) -> bool:
    kind, *parameters = (each.strip() for each in content_type.lower().split(";"))
    charsets = [each.removeprefix("charset=").strip('"') for each in parameters if each.startswith("charset=")]
    return kind == "application/json" and all(each in UTF_8 for each in charsets)


def _bounded(request: Request, most_bytes: int) -> bytes:
    raw = raw_body(request)
    if len(raw) > most_bytes:
        raise TooLarge(f"The body has {len(raw)} bytes; {most_bytes} are taken here.")
    return raw


def raw_body(request: Request) -> bytes:
    """The body as it was sent."""
    event = request.to_original_event()
    body = event.get("body") or ""
    return b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")
