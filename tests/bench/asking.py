"""What it takes to find out who asks, and whether they may."""

from dataclasses import replace
from typing import Any

from chalicelib.domain.key_changes import made
from chalicelib.domain.keys import BYTES, SCOPES, ApiKey, issued
from chalicelib.settings import Settings
from chalicelib.web.auth import Access, admit, authenticate, identify
from chalicelib.web.known_keys import KEPT_SECONDS, KnownKeys
from tests.bench import heaviest
from tests.bench.account import Account
from tests.bench.figure import Figure

READING = Access(frozenset({"read"}))


def asking_figure() -> Figure:
    """A request by a key that this process has seen lately."""
    account = Account(heaviest.shipped())
    settings: Any = Settings(*[""] * 8, stripe_webhook_secrets=(), key_pepper="pepper", return_hosts=())
    deps, known = replace(account.deps, settings=settings), KnownKeys()
    secret, key = issued(bytes(BYTES), "pepper", ApiKey("", "bench", "", SCOPES, id="key_1"))
    deps.store.keys.write(made(key))
    headers = {"authorization": f"Bearer {secret}"}

    def ask() -> None:
        found = authenticate(deps, known, headers, account.now())
        admit(deps, identify(found, headers, READING), heaviest.ACCOUNT, READING)

    ask()
    account.clock += KEPT_SECONDS - 1
    trips = account.cost(ask).round_trips
    return Figure("authorising a request whose key was seen within 60 s", trips, "round trips", 0)
