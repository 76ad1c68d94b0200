"""One request as a view gets it: who asks, when, and what a view answers with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalice.app import Request

from chalicelib.actions.asking import Asker
from chalicelib.deps import Deps
from chalicelib.domain.overview import Overview
from chalicelib.domain.periods import Instant
from chalicelib.errors import Unauthorized
from chalicelib.web import render
from chalicelib.web.auth import Caller


@dataclass(frozen=True)
class Call:
    """A request that may be answered; `caller` is None only on routes that ask for no key.

    `operation` is the id of what is done under an Idempotency-Key: the same again, where the same came again.
    """

    deps: Deps
    request: Request
    now: Instant
    caller: Caller | None
    operation: str | None = None

    @property
    def by(self) -> Caller:
        if self.caller is None:
            raise Unauthorized
        return self.caller

    @property
    def actor(self) -> str:
        return self.by.actor

    @property
    def asker(self) -> Asker:
        return Asker(self.actor, self.operation)

    def header(self, name: str) -> str | None:
        return self.request.headers.get(name)

    def shown(self, overview: Overview) -> dict[str, Any]:
        """An account as this caller may see it."""
        return render.overview(overview, self.deps.catalogue, for_member=self.by.acting is not None)


@dataclass(frozen=True)
class Answer:
    """What a view answers; an object or list becomes JSON, a text is sent as it is.

    `kept` is what of the body is kept under an Idempotency-Key: all of it where it is None. It must hold no personal
    data and nothing that is shown once.
    """

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    kept: Any = None
