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
    """One closed entry, numbered without gaps; ids are packed, 12 bytes each."""

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
    cause = UnicodeAttribute()
    actor = UnicodeAttribute()
    why = UnicodeAttribute(null=True)


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
    """Names and Stripe ids; `v` is its own version."""

    v = NumberAttribute()
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    created = NumberAttribute()
    owner = UnicodeAttribute()
    customer = UnicodeAttribute(null=True)
    more = CompactAttribute()


class MemberItem(Core):
    """An active member."""

    id = UnicodeAttribute()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    role = UnicodeAttribute()


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
    """An API key by its hash."""

    name = UnicodeAttribute()
    prefix = UnicodeAttribute()
    scopes = CompactAttribute()
    account = UnicodeAttribute(null=True)
    member = BooleanAttribute(default=False)
    expires = NumberAttribute(null=True)
    revoked = BooleanAttribute(default=False)


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
