"""What the owner of a rule is told: only what is so, and what to do where it stands still."""

from dataclasses import replace

import pytest

from chalicelib.domain.recharge import CARD_REFUSED, LOOK, MONEY_CAME_BACK, Recharge, Rule
from chalicelib.domain.recharge_views import recharge_view
from tests.builders import NOW, a_catalogue, a_state

OWN = Recharge(True, threshold=10, price=600, limit=5_000, count=2)
FLYING = replace(OWN, mode="pending", reserved=600, look_at=NOW + LOOK)
NEVER = "a pack costs 6.00 EUR, which is more than the limit: it can never fire"
DECLINED = Rule("starter", detail="declined", declines=1, declined=2, card="a")
REFUSED = replace(DECLINED, blocked_by=("card",))


@pytest.mark.parametrize(
    ("reason", "own", "rule", "state", "detail"),
    [
        ("all is well", OWN, Rule("starter"), "idle", None),
        ("a limit below the price", replace(OWN, limit=599), Rule("starter"), "limit_reached", NEVER),
        ("and just the price", replace(OWN, limit=600), Rule("starter"), "idle", None),
        ("lowered while one is in flight", replace(FLYING, limit=599), Rule("starter"), "pending", None),
        ("declined, and off by now", replace(OWN, enabled=False), DECLINED, "idle", "declined"),
        ("declined, and on again", OWN, DECLINED, "idle", None),
        ("off, and another one was paid since", replace(OWN, enabled=False, count=3), DECLINED, "idle", None),
        ("no card", replace(OWN, mode="no_payment_method"), Rule("starter", "none"), "no_payment_method", "none"),
        ("no card, and off", replace(OWN, mode="no_payment_method", enabled=False), Rule("starter", "none"), "idle",
         None),
        ("blocked by its card", replace(OWN, mode="blocked"), REFUSED, "blocked", "declined"),
        ("which was told of before it was taken off", replace(OWN, mode="blocked"), replace(REFUSED, detail=None),
         "blocked", CARD_REFUSED),
        ("the dispute is won, the card still blocks", replace(OWN, mode="blocked"),
         replace(REFUSED, detail=MONEY_CAME_BACK), "blocked", CARD_REFUSED),
        ("blocked by both", replace(OWN, mode="blocked"),
         replace(REFUSED, detail=MONEY_CAME_BACK, blocked_by=("card", "r1")), "blocked", MONEY_CAME_BACK),
    ],
)  # fmt: skip
def test_tells_what_stands_in_the_way(reason: str, own: Recharge, rule: Rule, state: str, detail: str | None) -> None:
    credits = 0 if state == "limit_reached" else 10

    view = recharge_view(a_state(recharge=own, granted=credits), rule, NOW, a_catalogue())

    assert view is not None
    assert (view.state, view.detail, view.next_attempt_at) == (state, detail, None), reason
