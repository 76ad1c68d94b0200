"""What a recharge takes, from the write that begins it to the one that grants, and each event that repeats it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from chalicelib.actions.asking import Asker
from chalicelib.actions.handle_stripe_event import handle_stripe_event
from chalicelib.actions.recharge import pursue
from chalicelib.actions.set_recharge import RuleWish, set_recharge
from chalicelib.domain.charges import Charge
from chalicelib.domain.money import Money
from chalicelib.domain.subscriptions import PaymentMethod
from chalicelib.domain.usage import UsageEvent
from chalicelib.messages import RechargeMessage, StripeEventMessage
from tests.bench import heaviest
from tests.bench.account import Account, Cost
from tests.bench.figure import Figure

INVOICE = f"in_{'i' * 24}"
CARD = PaymentMethod(f"pm_{'p' * 24}", "card", "visa", "4242", 12, 2030, "f" * 16)
ECHO = StripeEventMessage(f"evt_{'e' * 24}", "invoice.paid", INVOICE, heaviest.CUSTOMER, None, "recharge")


class Till:
    """Stripe, where every card pays; it counts what it is asked."""

    def __init__(self) -> None:
        self.calls, self.metadata = 0, {}
        self.status = "draft"

    def begin(self, _customer: str, metadata: Mapping[str, str], _currency: str, *, key: str) -> str:
        self.calls, self.metadata, self.status = self.calls + 1, dict(metadata), "draft"
        return INVOICE if key else ""

    def add_line(self, *_: str, key: str) -> None:
        assert key
        self.calls += 1

    def finalise(self, _invoice: str, *, key: str) -> Charge:
        return self._now("open", key)

    def pay(self, _invoice: str, _method: str, *, key: str) -> Charge:
        return self._now("paid", key)

    def charge(self, invoice: str) -> Charge:
        return self._now(self.status, invoice)

    def _now(self, status: str, key: str) -> Charge:
        assert key
        self.calls, self.status = self.calls + 1, status
        paid = Money(heaviest.PRICE.amount if status == "paid" else 0, heaviest.PRICE.currency)
        number = int(self.metadata["recharge"])
        return Charge(
            INVOICE,
            status,
            heaviest.PRICE,
            heaviest.PRICE,
            paid,
            f"https://invoice.stripe.com/i/{'u' * 120}",
            f"pi_{'p' * 24}",
            account=heaviest.ACCOUNT,
            number=number,
        )


def recharge_figures() -> Iterator[Figure]:
    """On the catalogue that is shipped, since packs are its; a plan with a period's end, so that the index moves."""
    till, account = Till(), _with_rule()
    account.charges = till
    whole, event = _recharged(account)
    yield Figure("a recharge from the wish to the grant", whole.writes, "WCU", 16)
    yield Figure("a recharge from the wish to the grant", till.calls, "Stripe calls", 5)
    asked = till.calls
    account.deps.store.note_event(event, account.now())
    echo = account.cost(lambda: handle_stripe_event(account.deps, event))
    yield Figure("another event of the same payment", echo.writes + 1, "WCU", 2)
    yield Figure("another event of the same payment", till.calls - asked, "Stripe calls", 1)


def _with_rule() -> Account:
    account = Account(replace(heaviest.shipped(), plan="team"))
    found = account.deps.store.account(heaviest.ACCOUNT, consistent=True)
    assert found is not None
    account.deps.store.save_profile(replace(found[1], payment_method=CARD))
    account.record(account.events(1))
    wish = RuleWish(True, account.state.available, "enterprise", Money(heaviest.MOST_MONEY, "eur"))
    set_recharge(account.deps, heaviest.ACCOUNT, wish, Asker(heaviest.ACTOR))
    return account


def _recharged(account: Account) -> tuple[Cost, StripeEventMessage]:
    own = account.state.recharge
    assert own is not None
    crossing = UsageEvent("below", "enrichments", account.now(), 10**9, credits=10)

    def all_of_it() -> None:
        account.record([crossing])
        pursue(account.deps, RechargeMessage(heaviest.ACCOUNT, own.count + 1))

    cost = account.cost(all_of_it)
    done = account.state.recharge
    assert done is not None
    assert (done.mode, done.spent) == ("idle", own.spent + heaviest.PRICE.amount)
    return cost, ECHO
