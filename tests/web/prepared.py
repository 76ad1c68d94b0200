"""An account that has one of everything, in a world that can be put back to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.actions.changing import subscriber
from tests.actions.life import bought
from tests.web.again import BOB, Lives, lives


class Prepared(Lives):
    """A product's backend whose account `acme` pays for Team and has people, credits, a hold, usage and keys."""

    def prepare(self) -> None:
        subscriber(self.world)
        self.ids = {
            "account": "acme",
            "member": "bob",
            "role": "auditor",
            "hold": "h1",
            "purchase": bought(self.world).id,
        }
        self.made("GET", f"/credits/purchases/{self.ids['purchase']}", None)
        self.made("POST", "/credits/adjustments", {"credits": 5_000, "reason": "welcome"})
        self.made("PUT", "/roles/auditor", {"permissions": ["billing"]})
        self.made("PUT", "/members/bob", BOB)
        invitation = self.made("POST", "/invitations", {"email": "carol@example.com", "role": "member"})
        self.made("POST", "/holds", {"id": "h1", "credits": 10, "expires_in": 3_600})
        self.made("POST", "/consume", {"id": "e0", "meter": "sessions", "quantity": 5})
        self.made("PUT", "/credits/recharge", {"enabled": True, "threshold": 10, "pack": "starter"})
        key = self.made("POST", "keys", {"name": "backend", "scopes": ["usage", "read"]})
        invoice = self.made("GET", "/invoices", None)["data"][0]
        self.ids |= {"invitation": invitation["id"], "token": invitation["token"], "key": key["id"]}
        self.ids |= {"invoice": invoice["id"]}
        self._moment = self.moments.kept()

    def anew(self) -> None:
        """The world as it was prepared."""
        self.moments.back_to(self._moment)
        self.deps.stripe._portal._configuration = None  # type: ignore[attr-defined] Stripe has it no more
        self.living()

    def path(self, path: str) -> str:
        """A route's path with the ids of what is there."""
        return path.format(**self.ids)

    def body(self, body: Any) -> Any:
        """An example's body, with the token that is good here."""
        return body | {"token": self.ids["token"]} if body and "token" in body else body


@contextmanager
def prepared() -> Iterator[Prepared]:
    with lives() as web:
        made = Prepared(web.moments)
        made.living()
        made.prepare()
        yield made
