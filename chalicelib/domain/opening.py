"""Opening an account: on Free at once, its owner in a seat, its first usage period beginning now."""

from chalicelib.domain.accounts import Member, Profile, State
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.journal import JOURNALED, Entry, Touch
from chalicelib.domain.periods import Instant, day_of, period_at


def opened(account: str, salt: bytes, now: Instant, catalogue: Catalogue) -> State:
    """The state of a new account: every meter at zero, so that the first usage of each is ordinary usage."""
    free = catalogue.free
    gauges = {m.id for m in catalogue.meters.values() if m.kind == "gauge"}
    return State(
        account=account,
        version=1,
        entries=1,
        day=day_of(now),
        created=now,
        anchor=now,
        period=period_at(now, now),
        plan=free.id,
        standing="good",
        grace_until=None,
        seats_bought=free.seats_max,
        seats_active=1,
        used=dict.fromkeys(catalogue.meters, 0),
        credits_used={m: 0 for m in catalogue.meters if m not in gauges},
        gauged_at=dict.fromkeys(gauges, 0),
        granted=0,
        spent=0,
        lots_version=None,
        salt=salt,
    )


def first_entry(state: State, actor: str) -> Entry:
    """The entry that a new account's journal begins with: number 0, holding every field that entries tell of."""
    return Entry(
        account=state.account,
        number=0,
        day=state.day,
        day_before=state.day,
        at=state.created,
        balance=0,
        granted=0,
        spent=0,
        ids=frozenset(),
        sums={},
        gauges={},
        changed={name: getattr(state, name) for name in JOURNALED},
        cause="opened",
        actor=actor,
        touched=(Touch("plan", None, None, state.plan),),
    )


def first_profile(account: str, name: str, email: str, owner: Member, now: Instant) -> Profile:
    return Profile(account=account, name=name, email=email, created=now, owners=(owner.id,))
