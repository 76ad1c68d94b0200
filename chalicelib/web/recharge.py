"""Auto-recharge: the rule by which an account buys credits for itself, up to a limit of money."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from chalicelib.actions.change_account import read
from chalicelib.actions.read_account import view_recharge
from chalicelib.actions.set_recharge import RuleWish, set_recharge
from chalicelib.domain.money import Money
from chalicelib.errors import UnknownPack
from chalicelib.web import render
from chalicelib.web.auth import BILLING
from chalicelib.web.call import Answer, Call
from chalicelib.web.field_types import Currency, Id, MoneyAmount, Value
from chalicelib.web.routes import Routes
from chalicelib.web.shapes import credits as shapes

routes = Routes(__name__)

USUAL_LIMIT = 5_000


class MoneyBody(Struct, frozen=True, forbid_unknown_fields=True):
    """An amount in minor units."""

    amount: MoneyAmount
    currency: Currency


class RechargeBody(Struct, frozen=True, forbid_unknown_fields=True):
    enabled: bool
    threshold: Value
    pack: Id
    spending_limit: MoneyBody | UnsetType = UNSET


def again(call: Call, _: Any, *, account: str, **__: Any) -> Any:
    """The rule as it is now."""
    state, _ = read(call.deps, account)
    return render.recharge(view_recharge(call.deps, state, call.deps.clock.now()), call.deps.catalogue)


@routes.on(
    "PUT",
    "/v1/accounts/{account}/credits/recharge",
    scopes={"billing"},
    person=BILLING,
    afresh=again,
    answers=shapes.Recharge,
    refuses=(UnknownPack,),
)
def recharge(call: Call, account: str, body: RechargeBody) -> Answer:
    """The whole rule; saving it lifts whatever has blocked it but a card that was refused."""
    deps, limit = call.deps, body.spending_limit
    money = Money(limit.amount, limit.currency) if limit is not UNSET else Money(USUAL_LIMIT, deps.catalogue.currency)
    wish = RuleWish(body.enabled, body.threshold, body.pack, money)
    state = set_recharge(deps, account, wish, call.asker)
    return Answer(render.recharge(view_recharge(deps, state, deps.clock.now()), deps.catalogue), kept={})
