"""Expiring holds: what was set aside and not used in time is given back.

The sweep asks for it, and so does whoever would have to refuse for want of these very credits.
"""

from dataclasses import replace

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.deps import Beside, Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.holds import EXPIRED, frees, given_back
from chalicelib.domain.journal import begin

AT_ONCE = 40
"""Holds in one write: each takes two of a transaction's hundred actions."""


def expire_holds(deps: Deps, account: str) -> int:
    """How many were given back, all that had expired; raises UnknownAccount."""
    total = 0
    while True:
        expired = _expire_some(deps, account)
        total += expired
        if expired < AT_ONCE:
            return total


def _expire_some(deps: Deps, account: str) -> int:
    expired = 0

    def decide(state: State, _: Profile) -> Commit | None:
        nonlocal expired
        expired, now = 0, deps.clock.now()
        if not frees(state, now):
            return None
        first = deps.store.holds_expiring(account, AT_ONCE + 1)
        over = [hold for hold in first if hold.expires_at <= now][:AT_ONCE]
        expired = len(over)
        ahead = next((hold.expires_at for hold in first[expired:]), None)
        change = given_back(begin(state, now, deps.catalogue), *over).setting(holds_until=ahead)
        beside = Beside(holds=[replace(hold, state=EXPIRED) for hold in over])
        return Commit(change.because(f"holds_expired:{now}"), beside=beside)

    change_account(deps, account, decide)
    return expired
