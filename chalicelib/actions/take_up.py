"""Taking up an order that nobody is at work on: its process died, or what it waited for has happened.

Asked after every sync of a subscription that has one, and by the sweep when the order's instant has come.
"""

import logging

from chalicelib.actions.carry_out import carry_out, drop, place_order
from chalicelib.actions.change_account import read
from chalicelib.actions.take_back import take_back
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.orders import Order, is_waiting
from chalicelib.errors import ChangeInProgress, NotForSale, PeriodEnding, StillChanging, StripeRefused

log = logging.getLogger(__name__)

TRIED_SECONDS = 3_600
"""How long an order that Stripe answers, but will not have, is tried."""
WAITED_SECONDS = 86_400
"""Longer than a change waits for its payment; only then is it tried to have things as they were."""


def take_up(deps: Deps, account: str, operation: str | None = None) -> None:
    """The account's order carried on, if it has one that nobody holds and that need not wait any longer.

    What an earlier run of this operation held, nobody holds any more.
    """
    _, profile = read(deps, account)
    order, now = profile.order, deps.clock.now()
    if order is None or order.is_held(now, operation) or is_waiting(order, profile.subscription, deps.catalogue, now):
        return

    def same(_: State, profile: Profile) -> Order:
        if profile.order is None or profile.order.id != order.id:
            raise ChangeInProgress("the order is done, or another one took its place")
        return profile.order

    about = {"account_id": account, "order_id": order.id}
    log.info("order.taken_up", extra=about)
    try:
        carried = take_back if order.unpaid else carry_out
        carried(deps, account, place_order(deps, account, same, operation))
    except ChangeInProgress:
        log.info("order.taken_by_another", extra=about)
    except (StripeRefused, PeriodEnding, NotForSale) as error:
        log.warning("order.refused", extra=about | {"code": getattr(error, "stripe_code", error.code)})
    except StillChanging:
        tried_since = order.at + WAITED_SECONDS if order.waiting else order.at
        if order.unpaid or now < tried_since + TRIED_SECONDS:
            raise
        log.error("order.dropped", extra=about)
        drop(deps, account, order)
