"""The schema of every item but STATE, as PynamoDB models: attribute names are short because every byte is paid for.

Nothing here leaves the folder; records.py turns items into the domain's values and back.
"""

import json
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.models import Model


class Core(Model):
    """An item of the core table: one partition for each account, pointers and keys beside them."""

    class Meta:
        table_name = "core"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class CompactAttribute(JSONAttribute):
    """JSON without the spaces."""

    def serialize(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class EntryItem(Core):
    """One closed entry, numbered without gaps; ids are packed, 12 bytes each.

    What is erased one day stands beside it (WhoItem), and here is a mark; `why`: a reason does.
    """

    n = NumberAttribute()
    y = NumberAttribute()
    b = NumberAttribute()
    at = NumberAttribute()
    bal = NumberAttribute()
    g = NumberAttribute()
    s = NumberAttribute()
    ids = BinaryAttribute(legacy_encoding=False, null=True)
    d = CompactAttribute()
    ga = CompactAttribute(null=True)
    ch = CompactAttribute(null=True)
    li = CompactAttribute(null=True)
    no = CompactAttribute(null=True)
    to = CompactAttribute(null=True)
    cause = UnicodeAttribute()
    actor = UnicodeAttribute()
    why = BooleanAttribute(null=True)


class WhoItem(Core):
    """Beside an entry what may be erased of it: the member who acted, the reason, and the members it touched."""

    who = UnicodeAttribute(null=True)
    why = UnicodeAttribute(null=True)
    of = CompactAttribute(null=True)


class LotsItem(Core):
    """The queue of lots as it was when `ln` (an entry's number) wrote it."""

    ln = NumberAttribute()
    q = CompactAttribute()


class PeriodItem(Core):
    """A closed usage period; `n` is the entry that wrote it last."""

    n = NumberAttribute()
    ps = NumberAttribute()
    pe = NumberAttribute()
    p = UnicodeAttribute()
    u = CompactAttribute()
    c = CompactAttribute()


class DaysItem(Core):
    """Usage by day as the first `n` entries tell it: the recent days, or those of one stretch of the past."""

    n = NumberAttribute()
    d = CompactAttribute()


class ToldItem(Core):
    """The notices of one entry."""

    at = NumberAttribute()
    no = CompactAttribute()


class ProfileItem(Core):
    """Names and Stripe ids; `v` is its own version. An earlier one's `owner` was the only one."""

    v = NumberAttribute()
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    created = NumberAttribute()
    owner = UnicodeAttribute(null=True)
    owners = CompactAttribute(null=True)
    customer = UnicodeAttribute(null=True)
    more = CompactAttribute()


class MemberItem(Core):
    """An active member."""

    id = UnicodeAttribute()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    role = UnicodeAttribute()


class RoleItem(Core):
    """A custom role: what it permits, and how many members hold it."""

    may = CompactAttribute()
    n = NumberAttribute()


class InvitationItem(Core):
    """An invitation; `tries` wrong tokens have come since `first`."""

    email = UnicodeAttribute(null=True)
    role = UnicodeAttribute()
    hash = UnicodeAttribute()
    at = NumberAttribute()
    until = NumberAttribute()
    by = UnicodeAttribute()
    state = UnicodeAttribute()
    member = UnicodeAttribute(null=True)
    tries = NumberAttribute()
    first = NumberAttribute()


class OpenInvitationItem(Core):
    """An open invitation under the instant at which it expires."""

    role = UnicodeAttribute()


class AddressItem(Core):
    """From an invited address, as a keyed hash, to its open invitation."""

    to = UnicodeAttribute()


class PurchaseItem(Core):
    """A pack bought by hand; moving `state` on from open is what keeps it from being granted twice."""

    state = UnicodeAttribute()
    data = CompactAttribute()


class RuleItem(Core):
    """The recharge's rule, and what is told of it."""

    data = CompactAttribute()


class AdjustmentItem(Core):
    """Credits given or taken by hand, under the id by which they are known again."""

    data = CompactAttribute()


class HoldItem(Core):
    """Credits set aside; `took` is what was captured of it: credits, the meter's code, quantity."""

    state = UnicodeAttribute()
    credits = NumberAttribute()
    at = NumberAttribute()
    until = NumberAttribute()
    took = CompactAttribute(null=True)


class HoldExpiryItem(Core):
    """An open hold under the instant at which it expires; its sort key says all."""


class PointerItem(Core):
    """From an id of Stripe's to the account that has it."""

    account = UnicodeAttribute()


class KeyItem(Core):
    """A secret of an API key by its hash. Those that were made before keys had ids have none, and no `created`."""

    id = UnicodeAttribute(null=True)
    name = UnicodeAttribute()
    prefix = UnicodeAttribute()
    scopes = CompactAttribute()
    account = UnicodeAttribute(null=True)
    member = BooleanAttribute(default=False)
    created = NumberAttribute(null=True)
    by = UnicodeAttribute(null=True)
    expires = NumberAttribute(null=True)
    used = NumberAttribute(null=True)
    revoked = BooleanAttribute(default=False)
    ended_by = UnicodeAttribute(null=True)
    op = UnicodeAttribute(null=True)


class KeyRowItem(Core):
    """An API key by its id, in the list of those that were not revoked or of those that were: its secrets' digests."""

    newest = UnicodeAttribute()
    older = UnicodeAttribute(null=True)
    account = UnicodeAttribute(null=True)
    created = NumberAttribute()


class WatermarkItem(Core):
    """Up to when Stripe's events were compared with the inbox."""

    at = NumberAttribute()


class CursorItem(Core):
    """Where the sweep over all accounts stopped; None: it begins again."""

    at = UnicodeAttribute(null=True)


class Ephemeral(Model):
    """An item of the ephemeral table; DynamoDB deletes it some time after `ttl`."""

    class Meta:
        table_name = "ephemeral"

    pk = UnicodeAttribute(hash_key=True)
    ttl = NumberAttribute()


class EventItem(Ephemeral):
    """A Stripe event that arrived; `done` once its work is in effect."""

    type = UnicodeAttribute()
    object = UnicodeAttribute()
    at = NumberAttribute()
    done = BooleanAttribute(default=False)


class ClaimItem(Ephemeral):
    """An idempotency key by its hash: request, operation, run, lease, expiry; `an` is status and body, once known."""

    rq = UnicodeAttribute()
    op = UnicodeAttribute()
    rn = UnicodeAttribute()
    lu = NumberAttribute()
    ex = NumberAttribute()
    an = CompactAttribute(null=True)


class OutcomeItem(Ephemeral):
    """What came of an operation that was done under an idempotency key."""

    oc = UnicodeAttribute()
