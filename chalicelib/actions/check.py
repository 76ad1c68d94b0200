"""Check: may this account do this now? One read, nothing written."""

from chalicelib.actions.lapses import unbooked
from chalicelib.deps import Deps
from chalicelib.domain.accounts import State, as_of
from chalicelib.domain.entitlements import Decision, decide, decide_feature
from chalicelib.domain.usage import UsageEvent
from chalicelib.errors import UnknownAccount


def check(deps: Deps, account: str, event: UsageEvent, *, consistent: bool = False) -> Decision:
    """The decision on this much of a meter; raises UnknownAccount."""
    state, now = read_state(deps, account, consistent=consistent), deps.clock.now()
    state = unbooked(deps, state, now)
    return decide(as_of(state, now, deps.catalogue), event, now, deps.catalogue)


def check_feature(deps: Deps, account: str, feature: str, *, consistent: bool = False) -> Decision:
    """The decision on a feature; raises UnknownAccount."""
    state, now = read_state(deps, account, consistent=consistent), deps.clock.now()
    return decide_feature(as_of(state, now, deps.catalogue), feature, now, deps.catalogue)


def read_state(deps: Deps, account: str, *, consistent: bool = False) -> State:
    """The account's state as stored; raises UnknownAccount, though never for one that was opened just now."""
    state = deps.store.state(account, consistent=consistent) or deps.store.state(account, consistent=True)
    if state is None:
        raise UnknownAccount(account)
    return state
