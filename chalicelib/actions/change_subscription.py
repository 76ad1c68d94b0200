"""Changing the subscription: from Free to a paid plan goes through Checkout, to Free is cancelling.

Who already pays is never sent to Checkout again: that would make a second subscription.
"""

from dataclasses import dataclass

from chalicelib.actions.cancel_subscription import cancel_subscription
from chalicelib.actions.change_account import read
from chalicelib.actions.open_checkout import open_checkout
from chalicelib.actions.read_account import overview
from chalicelib.deps import Deps
from chalicelib.domain.accounts import State
from chalicelib.domain.catalogue import Catalogue, Plan
from chalicelib.domain.invoices import PlanOrder
from chalicelib.domain.overview import Overview
from chalicelib.domain.subscriptions import Subscription, Wish
from chalicelib.errors import Invalid, NoSubscription, NotBuilt, NotForSale, Problem, UnknownPlan


@dataclass(frozen=True)
class Outcome:
    """What came of a wish; `checkout` and `contact_sales` go on at `url`."""

    outcome: str
    url: str | None
    overview: Overview


def change_subscription(
    deps: Deps, account: str, wish: Wish, success_url: str | None, cancel_url: str | None, actor: str
) -> Outcome:
    """Does what the wish asks, or says where it goes on.

    Raises UnknownAccount, UnknownPlan, NotForSale, Invalid, ChangeInProgress, and NotBuilt for what this version lacks.
    """
    state, profile = read(deps, account)
    live = profile.subscription if profile.subscription and profile.subscription.live else None
    plan = _plan(state, live, wish, deps.catalogue)
    if wish.plan == deps.catalogue.free.id:
        _no_more_than_free(wish)
        return Outcome(_to_free(deps, account, live, actor), None, overview(deps, account))
    if plan is not None and plan.contact_sales and plan.id != state.plan:
        return Outcome("contact_sales", plan.contact_url, overview(deps, account))
    if live is not None:
        return Outcome(_of_subscriber(state, live, wish, deps.catalogue), None, overview(deps, account))
    order = _order(account, plan, wish, success_url, cancel_url)
    return Outcome("checkout", open_checkout(deps, order), overview(deps, account))


def _plan(state: State, live: Subscription | None, wish: Wish, catalogue: Catalogue) -> Plan | None:
    """The plan that is wished for; None for one that an account kept while it left the catalogue."""
    if wish.plan is None and live is None:
        raise Invalid([Problem("plan", "is needed: the account has no subscription that could be changed")])
    plan = catalogue.plans.get(wish.plan or state.plan)
    if plan is None and wish.plan is not None:
        raise UnknownPlan(f"there is no plan {wish.plan}")
    return plan


def _no_more_than_free(wish: Wish) -> None:
    """The free plan has neither an interval nor seats to choose: who names one means something else."""
    named = {"interval": wish.interval, "seats": wish.seats}
    problems = [Problem(field, "cannot be chosen on the free plan") for field, value in named.items() if value]
    if problems:
        raise Invalid(problems)


def _to_free(deps: Deps, account: str, live: Subscription | None, actor: str) -> str:
    if live is None or live.ends_at is not None:
        return "unchanged"
    try:
        cancelled = cancel_subscription(deps, account, None, None, actor)
    except NoSubscription:
        # It had ended at Stripe, and our copy knows that by now.
        return "applied"
    return "scheduled" if cancelled.ends_at is not None else "applied"


def _of_subscriber(state: State, live: Subscription, wish: Wish, catalogue: Catalogue) -> str:
    found = catalogue.price_of(live.price)
    plan, interval = (found[0].id, found[1].interval) if found else (state.plan, None)
    wished = (wish.plan or plan, wish.interval or interval, wish.seats or live.seats)
    if wished == (plan, interval, live.seats):
        return "unchanged"
    raise NotBuilt("a running subscription cannot be changed yet, only cancelled and resumed")


def _order(account: str, plan: Plan | None, wish: Wish, success_url: str | None, cancel_url: str | None) -> PlanOrder:
    price = plan.prices.get(wish.interval or "month") if plan else None
    if plan is None or price is None:
        raise NotForSale(f"the plan is not sold by the {wish.interval or 'month'}")
    problems = _problems_of_seats(plan, wish.seats)
    if not success_url:
        problems.append(Problem("success_url", "is needed to come back from Checkout"))
    if not cancel_url:
        problems.append(Problem("cancel_url", "is needed to come back from Checkout"))
    if problems or not success_url or not cancel_url:
        raise Invalid(problems)
    seats = (wish.seats or plan.seats_min, plan.seats_min, plan.seats_max) if plan.per_seat else None
    return PlanOrder(account, price.lookup_key, seats, success_url, cancel_url)


def _problems_of_seats(plan: Plan, seats: int | None) -> list[Problem]:
    if seats is None or (plan.per_seat and plan.seats_min <= seats <= plan.seats_max):
        return []
    if plan.per_seat:
        return [Problem("seats", f"must be an integer from {plan.seats_min} to {plan.seats_max}")]
    if seats == plan.seats_max:
        return []
    return [Problem("seats", f"must be left out or {plan.seats_max}: the plan comes with that many")]
