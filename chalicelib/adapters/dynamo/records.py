"""Items of the core table turned into the domain's values and back; STATE has a file of its own."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple
from typing import Any

from chalicelib.adapters.dynamo.items import (
    Core,
    EntryItem,
    Ephemeral,
    KeyItem,
    LotsItem,
    MemberItem,
    PeriodItem,
    ProfileItem,
    PurchaseItem,
)
from chalicelib.adapters.dynamo.state import IDENTITY, plain
from chalicelib.deps import ApiKey
from chalicelib.domain.accounts import ClosedPeriod, Member, Profile
from chalicelib.domain.credits import Lot, Purchase
from chalicelib.domain.journal import Entry, Line, PeriodSums
from chalicelib.domain.money import Money
from chalicelib.domain.notices import Notice
from chalicelib.domain.periods import Instant, Period
from chalicelib.domain.subscriptions import Invoice, PaymentMethod, PaymentRequired, Subscription

Raw = Mapping[str, Any]


def account_pk(account: str) -> str:
    return f"A#{account}"


def raw(item: Core | Ephemeral) -> dict[str, Any]:
    """The item in DynamoDB's typed form."""
    return item.serialize(null_check=True)


def entry_sk(day: int, number: int) -> str:
    """Entries sort by number, since the day never goes back; a window is read by its first day."""
    return f"E#{day:05}#{number:08}"


def entry_item(entry: Entry) -> EntryItem:
    return EntryItem(
        account_pk(entry.account),
        entry_sk(entry.day, entry.number),
        n=entry.number,
        y=entry.day,
        b=entry.day_before,
        at=entry.at,
        bal=entry.balance,
        g=entry.granted,
        s=entry.spent,
        ids=b"".join(sorted(entry.ids)) or None,
        d=_sums_out(entry.sums),
        ga={m: list(both) for m, both in entry.gauges.items()} or None,
        ch=_changed_out(entry.changed) or None,
        li=[_line_out(line, entry.cause) for line in entry.lines] or None,
        no=[asdict(notice) for notice in entry.notices] or None,
        cause=entry.cause,
        actor=entry.actor,
    )


def entry_from(item: Raw) -> Entry:
    row = EntryItem.from_raw_data(dict(item))
    return Entry(
        account=row.pk[2:],
        number=int(row.n),
        day=int(row.y),
        day_before=int(row.b),
        at=int(row.at),
        balance=int(row.bal),
        granted=int(row.g),
        spent=int(row.s),
        ids=frozenset(unpack(row.ids)),
        sums=_sums_in(row.d),
        gauges={m: (value, at) for m, (value, at) in (row.ga or {}).items()},
        changed=_changed_in(row.ch or {}),
        lines=tuple(_line_in(line, row.cause) for line in row.li or []),
        notices=tuple(Notice(**notice) for notice in row.no or []),
        cause=row.cause,
        actor=row.actor,
    )


def entry_from_image(image: Raw) -> Entry:
    """The entry in an image of the table's stream; Lambda's JSON has its bytes in base64."""
    return entry_from({name: {"B": b64decode(v["B"])} if "B" in v else v for name, v in image.items()})


def unpack(ids: Any) -> list[bytes]:
    packed = plain(ids) if ids else b""
    return [packed[k : k + IDENTITY] for k in range(0, len(packed), IDENTITY)]


def _changed_out(changed: Mapping[str, Any]) -> dict[str, Any]:
    return {k: [v.start, v.end] if isinstance(v, Period) else v for k, v in changed.items()}


def _changed_in(changed: Mapping[str, Any]) -> dict[str, Any]:
    return {k: Period(*v) if k == "period" else v for k, v in changed.items()}


def _sums_out(sums: PeriodSums) -> dict[Instant, dict[int, dict[str, tuple[int, int]]]]:
    """By period, day and meter: a period's start is written once, not for every sum."""
    out: dict[Instant, dict[int, dict[str, tuple[int, int]]]] = {}
    for (start, day, meter), both in sums.items():
        out.setdefault(start, {}).setdefault(day, {})[meter] = both
    return out


def _sums_in(stored: Mapping[str, Mapping[str, Mapping[str, list[int]]]]) -> PeriodSums:
    return {
        (int(start), int(day), meter): (quantity, credits)
        for start, days in stored.items()
        for day, meters in days.items()
        for meter, (quantity, credits) in meters.items()
    }


def _line_out(line: Line, cause: str) -> list[Any]:
    """Without its cause where that is the entry's own, and without what is empty at the end."""
    money = [line.money.amount, line.money.currency] if line.money else None
    parts = [line.kind, line.credits, None if line.cause == cause else line.cause, money, line.note]
    while parts[-1] is None:
        parts.pop()
    return parts


def _line_in(stored: Sequence[Any], cause: str) -> Line:
    kind, credits, own, money, note = [*stored, None, None, None][:5]
    return Line(kind, credits, own or cause, Money(*money) if money else None, note)


def _money(stored: Mapping[str, Any] | None) -> Money | None:
    return Money(**stored) if stored else None


def lots_item(account: str, version: int, lots: tuple[Lot, ...]) -> LotsItem:
    return LotsItem(account_pk(account), "L", ln=version, q=[astuple(lot) for lot in lots])


def lots_from(item: Raw) -> tuple[int, tuple[Lot, ...]]:
    row = LotsItem.from_raw_data(dict(item))
    return int(row.ln), tuple(Lot(*lot) for lot in row.q)


def period_item(account: str, closed: ClosedPeriod, version: int) -> PeriodItem:
    return PeriodItem(
        account_pk(account),
        f"P#{closed.period.start:012}",
        n=version,
        ps=closed.period.start,
        pe=closed.period.end,
        p=closed.plan,
        u=dict(closed.used),
        c=dict(closed.credits_used),
    )


def period_from(item: Raw) -> ClosedPeriod:
    row = PeriodItem.from_raw_data(dict(item))
    return ClosedPeriod(Period(int(row.ps), int(row.pe)), row.p, row.u, row.c, int(row.n))


def profile_item(profile: Profile, version: int) -> ProfileItem:
    more = {
        name: _plain_or_none(getattr(profile, name)) for name in ("subscription", "payment_method", "payment_required")
    }
    more |= {"drift": profile.drift}
    return ProfileItem(
        account_pk(profile.account),
        "PROFILE",
        v=version,
        name=profile.name,
        email=profile.email,
        created=profile.created,
        owner=profile.owner,
        customer=profile.stripe_customer_id,
        more={k: v for k, v in more.items() if v is not None},
    )


def _plain_or_none(value: Any) -> dict[str, Any] | None:
    return asdict(value) if value is not None else None


def profile_from(item: Raw) -> Profile:
    row = ProfileItem.from_raw_data(dict(item))
    more = row.more
    return Profile(
        account=row.pk[2:],
        name=row.name,
        email=row.email,
        created=int(row.created),
        owner=row.owner,
        stripe_customer_id=row.customer,
        subscription=_subscription(more.get("subscription")),
        payment_method=PaymentMethod(**more["payment_method"]) if "payment_method" in more else None,
        payment_required=_payment_required(more.get("payment_required")),
        drift=more.get("drift"),
        version=int(row.v),
    )


def _subscription(stored: Mapping[str, Any] | None) -> Subscription | None:
    if stored is None:
        return None
    invoice = stored.get("latest_invoice")
    return Subscription(
        **{
            **stored,
            "period": Period(**stored["period"]),
            "latest_invoice": Invoice(**{**invoice, "amount_due": Money(**invoice["amount_due"])}) if invoice else None,
            "next_charge": _money(stored.get("next_charge")),
        }
    )


def _payment_required(stored: Mapping[str, Any] | None) -> PaymentRequired | None:
    return PaymentRequired(**{**stored, "amount": Money(**stored["amount"])}) if stored else None


def member_item(account: str, member: Member) -> MemberItem:
    return MemberItem(account_pk(account), f"U#{member.id}", **asdict(member))


def member_from(item: Raw) -> Member:
    row = MemberItem.from_raw_data(dict(item))
    return Member(row.id, row.email, row.name, row.role)


def purchase_item(purchase: Purchase) -> PurchaseItem:
    return PurchaseItem(account_pk(purchase.account), f"B#{purchase.id}", state=purchase.state, data=asdict(purchase))


def purchase_from(item: Raw) -> Purchase:
    data = PurchaseItem.from_raw_data(dict(item)).data
    return Purchase(**{**data, "money": Money(**data["money"]), "paid": _money(data.get("paid"))})


def key_item(key: ApiKey) -> KeyItem:
    return KeyItem(
        f"K#{key.digest}",
        "K",
        name=key.name,
        prefix=key.prefix,
        scopes=sorted(key.scopes),
        account=key.account,
        member=key.requires_member,
        expires=key.expires_at,
        revoked=key.revoked,
    )


def key_from(item: Raw) -> ApiKey:
    row = KeyItem.from_raw_data(dict(item))
    expires = int(row.expires) if row.expires is not None else None
    return ApiKey(
        row.pk[2:], row.name, row.prefix, frozenset(row.scopes), row.account, row.member, expires, row.revoked
    )
