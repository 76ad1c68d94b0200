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
        try:
            return _make(deps, profile)
        except ConditionFailed:
            continue
    raise Conflict("others kept writing to this account")


def _make(deps: Deps, profile: Profile) -> str:
    before = profile.stripe_customer_id
    key = f"customer:{profile.account}:{before}" if before else f"customer:{profile.account}"
    made = deps.stripe.create_customer(profile.account, profile.name, profile.email, key=key)
    try:
        deps.store.attach_customer(profile, made)
    except ConditionFailed:
        _leave_none_behind(deps, profile.account, made)
        raise
    return made


def _leave_none_behind(deps: Deps, account: str, made: str) -> None:
    """Who erased the account meanwhile did not know of this one, which has its name and address.

    The end of an erasure writes the profile anew, so nobody can be attached after it.
    """
    state, profile = read(deps, account)
    if state.erased is not None and profile.stripe_customer_id != made:
        deps.stripe.delete_customer(made)
