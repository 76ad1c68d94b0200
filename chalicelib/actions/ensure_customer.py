"""The account's customer at Stripe: made once, before the first Checkout, and again only if it was deleted there."""

from chalicelib.actions.change_account import read
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile
from chalicelib.errors import ConditionFailed, Conflict

TRIES = 6


def ensure_customer(deps: Deps, account: str) -> str:
    """The id of a Stripe customer that can buy; two who ask at once get the same one."""
    for _ in range(TRIES):
        _, profile = read(deps, account)
        known = profile.stripe_customer_id
        if known is not None and deps.stripe.customer_exists(known):
            return known
        try:
            return _make(deps, profile)
        except ConditionFailed:
            continue
    raise Conflict("others kept writing to this account")


def _make(deps: Deps, profile: Profile) -> str:
    before = profile.stripe_customer_id
    key = f"customer:{profile.account}:{before}" if before else f"customer:{profile.account}"
    made = deps.stripe.create_customer(profile.account, profile.name, profile.email, key=key)
    deps.store.attach_customer(profile, made)
    return made
