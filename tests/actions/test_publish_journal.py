"""The journal on the bus: every entry, and each thing that it tells, under ids that stay the same."""

import json
from dataclasses import asdict, replace
from typing import Any

from chalicelib.actions.publish_journal import publish_journal
from chalicelib.domain.journal import Line
from chalicelib.domain.money import Money
from chalicelib.domain.notices import Notice
from chalicelib.domain.periods import Period
from chalicelib.domain.recharge import Recharge
from tests.actions.world import World
from tests.builders import RENEWAL, SUBSCRIBED, an_entry

RECHARGE = Recharge(True, 10, 500, 5_000)


def test_an_entry_and_what_it_tells_are_published(world: World) -> None:
    sent: list[Any] = []

    class Bus:
        def publish(self, events: Any) -> None:
            sent.extend(events)

    entry = an_entry(
        7,
        balance=10,
        granted=10,
        changed={"plan": "team", "period": Period(SUBSCRIBED, RENEWAL), "recharge": RECHARGE, "held": 1},
        lines=(Line("purchase", 10, "purchase:p1", Money(500, "eur")),),
        notices=(Notice("n1", "plan_changed", "from free to team"),),
        cause="purchase:p1",
        actor="key:test",
        note="as agreed",
    )

    deps = replace(world.deps, queue=Bus())  # type: ignore[arg-type] only the bus is used
    publish_journal(deps, [entry, replace(entry, number=8, lines=(), notices=())])

    assert [(event["id"], event["type"]) for event in sent] == [
        ("acme:7", "entry"),
        ("acme:7:0", "credits.purchase"),
        ("acme:7:1", "notice.plan_changed"),
        ("acme:8", "entry"),
    ]
    period = {"start": SUBSCRIBED, "end": RENEWAL}
    assert sent[0]["changed"] == {"plan": "team", "period": period, "recharge": asdict(RECHARGE), "held": 1}
    assert [event.get("note") for event in sent] == ["as agreed", None, None, "as agreed"]
    assert sent[1]["line"]["money"] == {"amount": 500, "currency": "eur"}
    assert all(event["account"] == "acme" and event["at"] == entry.at for event in sent)
    assert json.loads(json.dumps(sent)) == sent
