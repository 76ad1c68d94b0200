"""Stripe's SDK on the emulator without a network between: the same requests and answers, ten times as fast."""

import json
import pickle
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import stripe

from chalicelib.adapters.stripe.gateway import StripeGateway
from chalicelib.domain.catalogue import Catalogue
from chalicelib.settings import Settings
from infra.local.clock import Clock
from infra.local.stripe.api import Api, Request
from infra.local.stripe.emulator import OPERATOR_KEY, Emulator
from infra.stripe_offers import sync_offers
from tests.builders import NOW, a_catalogue

URL = "http://stripe.test"
RETRIES = 2


class Direct(stripe.HTTPClient):
    """What the SDK sends is answered in the same thread; an answer that is lost is a broken connection."""

    name = "direct"

    def __init__(self, api: Api) -> None:
        super().__init__()
        self._api = api

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        parts = urlsplit(url)
        encoded = (post_data or "") if method.upper() == "POST" else parts.query
        named = {name.lower(): value for name, value in (headers or {}).items()}
        reply = self._api.answer(Request(method.upper(), parts.path, encoded, named))
        if reply.lost:
            raise stripe.APIConnectionError("the answer was lost", should_retry=True)
        return json.dumps(reply.body), reply.status, {name.lower(): value for name, value in reply.headers.items()}

    def _sleep_time_seconds(self, num_retries: int) -> float:  # noqa: ARG002 - as the SDK calls it
        return 0.0

    def close(self) -> None:
        """There is nothing to close."""


def client(api: Api, key: str) -> stripe.StripeClient:
    return stripe.StripeClient(key, http_client=Direct(api), base_addresses={"api": URL}, max_network_retries=RETRIES)


class DirectGateway(StripeGateway):
    """The service's own gateway, over such a client."""

    def __init__(self, settings: Settings, catalogue: Catalogue, api: Api) -> None:
        super().__init__(settings, catalogue)
        self._calls.__dict__["_client"] = client(api, settings.stripe_api_key)


def offering(emulator: Emulator) -> stripe.StripeClient:
    """The operator of a new Stripe account that has the catalogue's products and prices already."""
    emulator.state._objects, emulator.state.ids = pickle.loads(_offered())
    return client(emulator.api, OPERATOR_KEY)


@cache
def _offered() -> bytes:
    """What the catalogue makes of an empty account, made once: a dozen calls for each test would be a tenth of it."""
    emulator = Emulator(Clock(NOW))
    sync_offers(client(emulator.api, OPERATOR_KEY), a_catalogue())
    return pickle.dumps((emulator.state._objects, emulator.state.ids))
