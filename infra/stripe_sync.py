"""`python -m infra.stripe_sync`: brings a Stripe account to the catalogue, and says what it did.

STRIPE_API_KEY names the account. Run it after every change of the catalogue's names or prices; a second run does
nothing. With --webhook-url it has Stripe post the events that the service handles there, too.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import stripe

import chalicelib
from chalicelib.actions.handle_stripe_event import HANDLERS
from chalicelib.domain.catalogue import CatalogueInvalid, parse
from infra.stripe_endpoint import sync_endpoint
from infra.stripe_offers import sync_offers

CATALOGUE = Path(chalicelib.__file__).with_name("catalogue.toml")


def main(arguments: list[str], environment: Mapping[str, str]) -> None:
    options = _options(arguments)
    api_key = environment.get("STRIPE_API_KEY")
    if not api_key:
        sys.exit("STRIPE_API_KEY: must be the secret key of the Stripe account")
    try:
        done = _sync(connect(api_key, environment.get("STRIPE_API_BASE")), options)
    except CatalogueInvalid as invalid:
        sys.exit(f"{options.catalogue} has mistakes; nothing was done:\n{invalid}")
    except stripe.StripeError as error:
        sys.exit(f"Stripe refused, and what was done before stands; run it again: {error}")
    print("\n".join(done) if done else "Stripe is as the catalogue says: nothing to do")


def connect(api_key: str, api_base: str | None = None) -> stripe.StripeClient:
    """A client of the account that has the key, at Stripe itself or at a stand-in for it."""
    addresses: Any = {"api": api_base} if api_base else {}
    return stripe.StripeClient(api_key, base_addresses=addresses, max_network_retries=2)


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser("python -m infra.stripe_sync", description="Brings a Stripe account to the catalogue.")
    parser.add_argument("--catalogue", type=Path, default=CATALOGUE, help="the catalogue's file")
    parser.add_argument("--webhook-url", help="where Stripe posts its events: https://.../stripe/webhook")
    parser.add_argument("--secret-file", type=Path, help="the file that a new endpoint's signing secret is added to")
    options = parser.parse_args(arguments)
    if options.webhook_url and not options.secret_file:
        parser.error("--webhook-url needs --secret-file")
    return options


def _sync(client: stripe.StripeClient, options: Namespace) -> list[str]:
    done = sync_offers(client, parse(options.catalogue.read_text()))
    return done + _sync_endpoint(client, options) if options.webhook_url else done


def _sync_endpoint(client: stripe.StripeClient, options: Namespace) -> list[str]:
    # Touched first, since Stripe shows the secret only once; and never printed, since output is kept in logs.
    options.secret_file.touch(mode=0o600)
    endpoint = sync_endpoint(client, options.webhook_url, HANDLERS)
    if endpoint.secret is None:
        return endpoint.done
    with options.secret_file.open("a") as file:
        file.write(f"{endpoint.secret}\n")
    return [*endpoint.done, f"its signing secret is in {options.secret_file}"]


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)
