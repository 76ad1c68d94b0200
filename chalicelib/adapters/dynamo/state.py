"""STATE as it is stored: flat, under short names, meters by their one-letter codes, below 1,000 bytes.

Written out by hand because it is on the hot path of every usage event: PynamoDB's models cost a millisecond here.

    v version   n closed entries   y day of the newest entry   k salt   cr created   an anchor   ps pe period
    p plan   st standing   gu grace until   sb sa seats bought, active   g granted   s spent   ln version of LOTS
    u? c? used and credits of a meter   t? a gauge's instant   due ds when something is due, its shard   f fence
    w when an order is looked after   h held   hn open holds   hx when the first of them expires
    e expired   la lu when the next lot expires, where it ends
    r the recharge's way, in capitals while it is switched off   rt threshold   rp price   rl limit   rs spent
    rr reserved   rc count   ra when it is looked at   rb since when its money counts
    rk whether its limit was told
    er since when nobody may change anything any more
    o ids and d sums of the open entry
"""

from collections.abc import Mapping
from functools import cache
from typing import Any
from zlib import crc32

from chalicelib.adapters.dynamo.recharge_fields import recharge_fields, recharge_from
from chalicelib.domain.accounts import State
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.periods import Period

Item = dict[str, dict[str, Any]]

SHARDS = 8
"""Partitions of the due index: each takes 1,000 writes a second."""
IDENTITY = 12
"""Bytes of an event id's hash."""
CODES = "abcdefgh"
"""The letters that meters may have."""
OPTIONAL = {
    "gu": "grace_until", "ln": "lots_version", "due": "due", "f": "fence", "w": "wish", "hx": "holds_until",
    "la": "lapses_at", "er": "erased",
}  # fmt: skip
ZERO = {"h": "held", "hn": "holds", "e": "expired", "lu": "lapses_upto"}
"""Left out where they are zero."""


def state_key(account: str) -> Item:
    return {"pk": {"S": f"A#{account}"}, "sk": {"S": "S"}}


def shard_of(account: str) -> int:
    return crc32(account.encode()) % SHARDS


def sum_key(state: State, day: int, code: str) -> str:
    """A sum's name in `d`: the day is told from the newest entry's, which stands still while the entry is open."""
    return f"{day - state.day}{code}"


def meters_by_code(catalogue: Catalogue) -> Mapping[str, str]:
    """Every letter's meter. One that the catalogue lacks, being newer than this process or not offered any more, is
    kept under its letter: another process may still count it.
    """
    return _both_ways(tuple([(meter.code, meter.id) for meter in catalogue.meters.values()]))[0]


def codes_by_meter(catalogue: Catalogue) -> Mapping[str, str]:
    """The letter of every meter, those among them that are kept under it."""
    return _both_ways(tuple([(meter.code, meter.id) for meter in catalogue.meters.values()]))[1]


@cache
def _both_ways(codes: tuple[tuple[str, str], ...]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    meters = {code: f"?{code}" for code in CODES} | dict(codes)
    return meters, {meter: code for code, meter in meters.items()}


def number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def state_item(state: State, catalogue: Catalogue) -> Item:
    """The whole item."""
    item = state_key(state.account) | {
        "v": number(state.version),
        "n": number(state.entries),
        "y": number(state.day),
        "k": {"B": state.salt},
        "cr": number(state.created),
        "an": number(state.anchor),
        "ps": number(state.period.start),
        "pe": number(state.period.end),
        "p": {"S": state.plan},
        "st": {"S": state.standing},
        "sb": number(state.seats_bought),
        "sa": number(state.seats_active),
        "g": number(state.granted),
        "s": number(state.spent),
        "d": {"M": sums_map(state, catalogue)},
    }
    codes = codes_by_meter(catalogue)
    for short, values in (("u", state.used), ("c", state.credits_used), ("t", state.gauged_at)):
        item |= {short + codes[meter]: number(value) for meter, value in values.items()}
    item |= {short: number(value) for short, name in OPTIONAL.items() if (value := getattr(state, name)) is not None}
    item |= {short: number(value) for short, name in ZERO.items() if (value := getattr(state, name))}
    if state.open_ids:
        item["o"] = {"BS": sorted(state.open_ids)}
    if state.recharge is not None:
        item |= recharge_fields(state.recharge)
    if state.due is not None:
        item["ds"] = number(shard_of(state.account))
    return item


def sums_map(state: State, catalogue: Catalogue) -> Item:
    """The open sums: quantities under small letters, credits (where there are any) under capital ones."""
    sums, codes = Item(), codes_by_meter(catalogue)
    for (day, meter), (quantity, credits) in state.open_sums.items():
        key = sum_key(state, day, codes[meter])
        sums[key] = number(quantity)
        if credits:
            sums[key.upper()] = number(credits)
    return sums


def state_from(item: Mapping[str, Mapping[str, Any]], catalogue: Catalogue) -> State:
    """The state that an item holds."""
    whole = {name: int(value["N"]) for name, value in item.items() if "N" in value}
    day = whole["y"]
    used, credits, gauged = (_by_meter(short, whole, catalogue) for short in "uct")
    return State(
        account=item["pk"]["S"][2:],
        version=whole["v"],
        entries=whole["n"],
        day=day,
        created=whole["cr"],
        anchor=whole["an"],
        period=Period(whole["ps"], whole["pe"]),
        plan=item["p"]["S"],
        standing=item["st"]["S"],
        grace_until=whole.get("gu"),
        seats_bought=whole["sb"],
        seats_active=whole["sa"],
        used=used,
        credits_used=credits,
        gauged_at=gauged,
        granted=whole["g"],
        spent=whole["s"],
        lots_version=whole.get("ln"),
        salt=plain(item["k"]["B"]),
        due=whole.get("due"),
        fence=whole.get("f"),
        erased=whole.get("er"),
        wish=whole.get("w"),
        held=whole.get("h", 0),
        holds=whole.get("hn", 0),
        holds_until=whole.get("hx"),
        expired=whole.get("e", 0),
        lapses_at=whole.get("la"),
        lapses_upto=whole.get("lu", 0),
        recharge=recharge_from(item["r"]["S"], whole) if "r" in item else None,
        open_ids=frozenset(map(plain, item["o"]["BS"])) if "o" in item else frozenset(),
        open_sums=_sums_from(item["d"]["M"], day, catalogue),
    )


def _by_meter(short: str, whole: Mapping[str, int], catalogue: Catalogue) -> dict[str, int]:
    names = meters_by_code(catalogue)
    return {meter: whole[short + code] for code, meter in names.items() if short + code in whole}


def plain(value: Any) -> bytes:
    """Bytes from what a client or a model gives for a binary value."""
    return value if isinstance(value, bytes) else bytes(getattr(value, "value", value))


def _sums_from(
    stored: Mapping[str, Mapping[str, Any]], day: int, catalogue: Catalogue
) -> dict[tuple[int, str], tuple[int, int]]:
    by_code = meters_by_code(catalogue)
    sums: dict[tuple[int, str], tuple[int, int]] = {}
    for key, value in stored.items():
        if key[-1] in by_code:
            credits = int(stored.get(key.upper(), {"N": "0"})["N"])
            sums[day + int(key[:-1]), by_code[key[-1]]] = (int(value["N"]), credits)
    return sums
