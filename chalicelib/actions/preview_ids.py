"""Preview ids: what was previewed, sealed into an id, so that nothing need be stored for it.

The first seal says that the id was given to this account, the second what it promised: the instant that prorations
count from, every amount, and the subscription that all this was said of.
"""

import json
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac

from chalicelib.domain.invoices import Bill
from chalicelib.domain.periods import Instant, Period
from chalicelib.domain.wishes import Decision, Terms
from chalicelib.errors import PreviewStale, UnknownPreview

LASTS_SECONDS = 900
SEAL = 24


@dataclass(frozen=True)
class Promise:
    """What would happen, and to what: a change of the subscription meanwhile makes another promise of it."""

    decision: Decision
    bill: Bill
    price: str | None
    seats: int
    period: Period | None
    scheduled: Terms | None


def preview_id(pepper: str, account: str, promise: Promise, at: Instant, now: Instant) -> str:
    """The id under which this account may have what was previewed; `at` is the instant prorations count from."""
    return f"pv_{at}_{now}_{_ours(pepper, account, at, now)}_{_promised(pepper, account, promise, at)}"


def instant_of(pepper: str, account: str, given: str, now: Instant) -> Instant:
    """The instant that prorations count from; raises UnknownPreview, or PreviewStale after 15 minutes."""
    parts = given.split("_")
    if len(parts) != 5 or parts[0] != "pv" or not (parts[1].isdecimal() and parts[2].isdecimal()):
        raise UnknownPreview("there is no such preview of this account")
    at, made = int(parts[1]), int(parts[2])
    if not compare_digest(parts[3].encode(), _ours(pepper, account, at, made).encode()):
        raise UnknownPreview("there is no such preview of this account")
    if now >= made + LASTS_SECONDS:
        raise PreviewStale("the preview is older than 15 minutes")
    return at


def check_promise(pepper: str, account: str, given: str, promise: Promise) -> None:
    """The change would be what was previewed, to the cent; raises PreviewStale."""
    _, at, _, _, promised = given.split("_")
    if not compare_digest(promised.encode(), _promised(pepper, account, promise, int(at)).encode()):
        raise PreviewStale("the change would not be what was previewed")


def _ours(pepper: str, account: str, at: Instant, now: Instant) -> str:
    return _sealed(pepper, "preview", account, at, now)


def _promised(pepper: str, account: str, promise: Promise, at: Instant) -> str:
    """The amounts of every line; not its period, since a year that is bought begins whenever it is done."""
    bill = promise.bill
    lines = [(each.plan, each.quantity, each.amount, each.proration) for each in bill.lines]
    of = asdict(replace(promise, bill=replace(bill, lines=())))
    return _sealed(pepper, "promise", account, at, of, lines)


def _sealed(pepper: str, *parts: object) -> str:
    return hmac(pepper.encode(), json.dumps(parts).encode(), sha256).hexdigest()[:SEAL]
