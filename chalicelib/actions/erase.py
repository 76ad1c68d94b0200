"""Erasing an account: nothing of it names a person any more, and what it has paid and used stays, without names.

First it is noted, so nobody changes anything meanwhile; then what Stripe needs, our own last, and of that the owners:
as long as there is anything left, the same one may ask again. Every step looks at what is left of it, so whoever asks
again after a process died goes on.
"""

from dataclasses import replace

from chalicelib.actions.asking import Asker, check_asker
from chalicelib.actions.change_account import Commit, change_account, read
from chalicelib.actions.change_key import change_key
from chalicelib.actions.leave_stripe import leave_stripe
from chalicelib.deps import Beside, Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.holds import RELEASED, given_back
from chalicelib.domain.journal import SERVICE, Touch, begin
from chalicelib.domain.key_changes import KeyChange, revoked
from chalicelib.domain.members import MOST_OWNERS
from chalicelib.domain.periods import Instant
from chalicelib.domain.plans import FREE
from chalicelib.domain.purchases import unnamed
from chalicelib.errors import ConditionFailed, Conflict, Invalid, Problem
from chalicelib.people_errors import UnknownKey

MOST = 5_000
"""Items of people that one call erases: seconds of work. Who has more asks again."""
HOLDS_AT_ONCE = 40
TRIES = 6


def erase(deps: Deps, account: str, confirm: str, asker: Asker) -> Instant | None:
    """When it was erased; None where more is left than one call does, and the same must be asked again.

    Raises UnknownAccount, Forbidden for a member who is no owner, or Invalid where `confirm` is not the account's name.
    """
    _begin(deps, account, confirm, asker)
    _, profile = read(deps, account)
    if profile.erased is not None:
        return profile.erased
    _release_holds(deps, account)
    leave_stripe(deps, account)
    _unname_purchases(deps, account)
    if not deps.store.dossiers.erase_people(account, MOST):
        return None
    _end_keys(deps, account)
    return _end(deps, account)


def _begin(deps: Deps, account: str, confirm: str, asker: Asker) -> None:
    """From now on nobody changes anything, and no recharge begins."""

    def decide(state: State, profile: Profile) -> Commit | None:
        if profile.erased is not None:
            return None
        check_asker(deps, account, asker, owners=True, refused="Only an owner may erase the account.")
        if confirm != profile.name:
            raise Invalid([Problem("confirm", "must be the account's name")])
        if state.erased is not None:
            return None
        change = begin(state, deps.clock.now(), deps.catalogue).setting(erased=deps.clock.now())
        rule = change.after.recharge
        change = change.setting(recharge=replace(rule, enabled=False)) if rule else change
        change = change.touching(Touch("account", None, None, {"erased": "begun"}))
        return Commit(change.because("erasure", asker.actor))

    change_account(deps, account, decide)


def _release_holds(deps: Deps, account: str) -> None:
    left: list[int] = []

    def decide(state: State, _: Profile) -> Commit | None:
        holds = deps.store.holds_expiring(account, HOLDS_AT_ONCE)
        left[:] = [len(holds)]
        if not holds:
            return None
        change = given_back(begin(state, deps.clock.now(), deps.catalogue), *holds)
        beside = Beside(holds=[replace(hold, state=RELEASED) for hold in holds])
        return Commit(change.because("erasure"), beside=beside)

    while left != [0]:
        change_account(deps, account, decide)


def _unname_purchases(deps: Deps, account: str) -> None:
    for _ in range(TRIES):
        named = [each for each in deps.store.purchases(account) if unnamed(each) != each]
        try:
            for each in named:
                deps.store.save_purchase(unnamed(each), was=each.state)
        except ConditionFailed:
            continue
        return
    raise Conflict("the account's purchases keep changing")


def _end_keys(deps: Deps, account: str) -> None:
    for held in deps.store.keys.of(account):
        if not held.newest.revoked:
            _revoke(deps, account, held.newest.id)
    for held in deps.store.keys.of(account):
        deps.store.keys.unname(held)


def _revoke(deps: Deps, account: str, key: str) -> None:
    def decide() -> KeyChange:
        held = deps.store.keys.held(key)
        if held is None:
            raise UnknownKey(f"there is no key {key}")
        return revoked(held, SERVICE, f"erasure:{account}")

    try:
        change_key(deps, account, decide, SERVICE)
    except UnknownKey:
        return


def _end(deps: Deps, account: str) -> Instant:
    now = deps.clock.now()

    def decide(state: State, profile: Profile) -> Commit | None:
        if profile.erased is not None:
            return None
        # Whoever had read the account before it was noted may have made a customer or a page since: what comes in
        # between now and the write moves STATE or the profile on, so what is gone now stays so.
        leave_stripe(deps, account)
        _unname_purchases(deps, account)
        if not deps.store.dossiers.erase_people(account, MOST):
            raise Conflict("people kept coming while they were erased")
        change = begin(state, now, deps.catalogue).setting(
            plan=FREE,
            standing="none",
            grace_until=None,
            seats_bought=deps.catalogue.free.seats_max,
            seats_active=0,
            wish=None,
        )
        change = change.touching(Touch("account", None, None, {"erased": "done"})).because("erasure")
        owners, _ = deps.store.people.members(account, after=None, limit=MOST_OWNERS)
        return Commit(change, _blank(profile, now), Beside(people_gone=tuple(owners)))

    change_account(deps, account, decide)
    _, profile = read(deps, account)
    return profile.erased or now


def _blank(profile: Profile, now: Instant) -> Profile:
    """The customer's and the subscription's ids stay: by them Stripe's invoices are found."""
    bare = replace(profile, name="", email="", owners=(), payment_method=None, payment_required=None, card_told=None)
    return replace(bare, order=None, checkout_by=None, drift=None, erased=now)
