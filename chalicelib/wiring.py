"""Builds what actions are given; the only file that knows every adapter.

Nothing is built at import, and Stripe's SDK is imported when Stripe is first called: most requests never need it.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalicelib.adapters.aws.queues import AwsQueues
from chalicelib.adapters.clock import SystemClock
from chalicelib.adapters.dynamo.connect import open_store
from chalicelib.adapters.dynamo.journal_records import entry_from_image
from chalicelib.adapters.stripe.gateway import StripeGateway
from chalicelib.adapters.stripe.signatures import verify
from chalicelib.adapters.threads import Threads
from chalicelib.deps import Clock, Deps
from chalicelib.domain.catalogue import Catalogue, CatalogueInvalid, parse
from chalicelib.domain.journal import Entry
from chalicelib.errors import Misconfigured
from chalicelib.settings import read_settings
from chalicelib.web.logs import log_to_stdout

ACCOUNTS_AT_ONCE = 8
"""Accounts of one usage call that are written side by side."""
READS_BESIDE = 8
"""Accounts whose state and ids are read at the same time, when a process meets them."""
CATALOGUE = Path(__file__).with_name("catalogue.toml")

_built: list[Deps] = []


def deps() -> Deps:
    """What this process works with, built at the first call; raises Misconfigured, and again at the next call."""
    return _built[0] if _built else start()


def start(clock: Clock | None = None, environ: Mapping[str, str] | None = None) -> Deps:
    """Builds it anew, by another clock or environment where one is given: for this machine and for tests."""
    environ = os.environ if environ is None else environ
    if function := environ.get("AWS_LAMBDA_FUNCTION_NAME"):
        log_to_stdout(function)
    built = _build(clock or SystemClock(), environ)
    _built[:] = [built]
    return built


def _build(clock: Clock, environ: Mapping[str, str]) -> Deps:
    settings, catalogue = read_settings(environ), read_catalogue()
    store, projections = open_store(settings, catalogue, Threads(READS_BESIDE))
    return Deps(
        store=store,
        projections=projections,
        stripe=StripeGateway(settings, catalogue),
        queue=AwsQueues(settings),
        clock=clock,
        at_once=Threads(ACCOUNTS_AT_ONCE),
        catalogue=catalogue,
        settings=settings,
        token=lambda: secrets.token_hex(16),
        salt=lambda: secrets.token_bytes(16),
        secret=lambda: secrets.token_bytes(32),
        verify_stripe=lambda raw, header, now: verify(raw, header, settings.stripe_webhook_secrets, now),
    )


def read_catalogue() -> Catalogue:
    """The catalogue of this deployment; raises Misconfigured with every mistake in it."""
    try:
        return parse(CATALOGUE.read_text(encoding="utf-8"))
    except CatalogueInvalid as error:
        raise Misconfigured(error.problems) from error


def entry_of(image: Mapping[str, Any]) -> Entry:
    """The journal entry that the table's stream tells of."""
    return entry_from_image(image, deps().catalogue)
