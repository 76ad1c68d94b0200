"""How the story speaks: to the service as a product's backend does, to Stripe as its customers and its clock do."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

# Moving the clock by a month takes as long as it takes.
TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any


@dataclass(frozen=True)
class Page:
    """What a browser ends up with, after every redirect."""

    url: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Http:
    """JSON over HTTP with a bearer key, for a member where one is named; an error status is an answer, too."""

    base: str
    key: str
    member: str | None = None

    def get(self, path: str, **query: object) -> Reply:
        return self.send("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: object = None) -> Reply:
        return self.send("POST", path, {} if body is None else body)

    def put(self, path: str, body: object) -> Reply:
        return self.send("PUT", path, body)

    def send(self, method: str, path: str, body: object = None) -> Reply:
        data = None if body is None else json.dumps(body).encode()
        return self._sent(method, path, data, "application/json")

    def fill_in(self, path: str, form: Mapping[str, Any]) -> Reply:
        """A form posted as Stripe's API takes it."""
        return self._sent("POST", path, urlencode(list(fields(form))).encode(), "application/x-www-form-urlencoded")

    def opened(self, path: str) -> Page:
        """The page at a path; raises HTTPError where there is none."""
        request = Request(self.base + path, headers={"Authorization": f"Bearer {self.key}"})
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return Page(answer.url, answer.headers.get_content_type(), answer.read())

    def _sent(self, method: str, path: str, data: bytes | None, kind: str) -> Reply:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        headers |= {"Acting-Member": self.member} if self.member else {}
        request = Request(self.base + path, data=data, method=method, headers=headers)
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return Reply(answer.status, json.loads(answer.read() or b"null"))
        except HTTPError as refusal:
            with refusal:
                return Reply(refusal.code, json.loads(refusal.read() or b"null"))


def fields(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Names and values as Stripe's SDK writes them into a form: `line_items[0][price]`."""
    if not isinstance(value, Mapping | list):
        yield name, value
        return
    for step, part in value.items() if isinstance(value, Mapping) else enumerate(value):
        yield from fields(part, f"{name}[{step}]" if name else str(step))


def instant(text: str) -> int:
    """Epoch seconds of an ISO 8601 time."""
    return int(datetime.fromisoformat(text).timestamp())


def written(at: int) -> str:
    """The ISO 8601 time of epoch seconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
