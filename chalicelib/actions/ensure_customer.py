"""The account's customer at Stripe: made once, before the first Checkout, and again only if it was deleted there."""

from chalicelib.actions.change_account import read
from chalicelib.actions.erased import check_not_erased
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile
from chalicelib.errors import ConditionFailed, Conflict

TRIES = 6


def ensure_customer(deps: Deps, account: str) -> str:
    """The id of a Stripe customer that can buy; two who ask at once get the same one.

    Raises UnknownAccount or Erased.
    """
    for _ in range(TRIES):
        state, profile = read(deps, account)
        check_not_erased(state)
        known = profile.stripe_customer_id
        if known is not None and deps.stripe.customer_exists(known):
            return known
        made = _make(deps, profile)
        if made is not None:
            return made
    raise Conflict("others kept writing to this account")


def _make(deps: Deps, profile: Profile) -> str | None:
    """The new customer; None where somebody else's was attached first, or there is to be none any more."""
    before = profile.stripe_customer_id
    key = f"customer:{profile.account}:{before}" if before else f"customer:{profile.account}"
    made = deps.stripe.create_customer(profile.account, profile.name, profile.email, key=key)
    for _ in range(TRIES):
        try:
            deps.store.attach_customer(profile, made)
        except ConditionFailed:
            state, profile = read(deps, profile.account)
            if profile.stripe_customer_id != before or state.erased is not None:
                return _left(deps, profile, made)
            continue
        return made
    raise Conflict("others kept writing to this account")


def _left(deps: Deps, profile: Profile, made: str) -> str | None:
    """One that was made in vain has the account's name and address, and nobody knows of it: it is deleted.

    The end of an erasure writes the profile anew, so nobody can be attached after it.
    """
    if profile.stripe_customer_id == made:
        return made
    deps.stripe.delete_customer(made)
    return None
