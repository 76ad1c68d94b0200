"""Each deployed function may do what it does, and nothing else.

The functions live through an account's months on the real store, and what each asked of AWS is compared with its own
role in the template, both ways.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import app
from chalicelib.actions.carry_out import HELD_SECONDS, place_order
from chalicelib.adapters.stripe.signatures import sign
from chalicelib.domain.orders import Order
from chalicelib.domain.periods import DAY
from chalicelib.web.times import shown
from infra.local.lambdas import Context
from infra.local.pollers import sqs_event
from infra.local.schedules import scheduled_event
from infra.local.streams import plain
from infra.package import functions
from tests.actions.world import ASKS_THE_BANK, SECRET
from tests.infra.calls import Calls, Permission, recorded
from tests.web.driver import URLS, Driver, a_driver

DEPLOYED = {
    "api_handler": "APIHandler", "on_stripe_event": "OnStripeEvent", "on_usage": "OnUsage", "on_due": "OnDue",
    "on_recharge": "OnRecharge",
    "on_journal": "OnJournal", "every_minute": "EveryMinute", "catch_up": "CatchUp", "nightly": "Nightly",
}  # fmt: skip
LOSSES_BEFORE_FENCE = 3
HOUR = 3_600


def taking_from(queue: str) -> set[Permission]:
    return {(f"sqs:{action}", queue) for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")}


# What Lambda itself does by a function's role, besides writing its log, which a test of the template looks at.
DONE_BY_LAMBDA: Mapping[str, set[Permission]] = {
    "on_stripe_event": taking_from("StripeEventsQueue"),
    "on_usage": taking_from("UsageQueue"),
    "on_due": taking_from("DueQueue"),
    "on_recharge": taking_from("RechargeQueue"),
    # It follows the stream, and puts aside where it could not go on.
    "on_journal": {
        ("dynamodb:DescribeStream", "CoreTable.StreamArn"),
        ("dynamodb:GetRecords", "CoreTable.StreamArn"),
        ("dynamodb:GetShardIterator", "CoreTable.StreamArn"),
        ("dynamodb:ListStreams", "*"),
        ("sqs:SendMessage", "JournalDeadLetters"),
    },
}


@pytest.fixture(scope="module")
def sent() -> Iterator[Mapping[str, set[Permission]]]:
    with a_driver() as web, recorded(web.deps.settings) as calls:
        live(web, calls)
        yield calls.sent


@pytest.mark.parametrize("function", DEPLOYED)
def test_a_function_may_do_what_it_does(
    template: dict[str, Any], sent: Mapping[str, set[Permission]], function: str
) -> None:
    needed = sent[function] | DONE_BY_LAMBDA.get(function, set())

    assert needed - granted(template, function) == set()


@pytest.mark.parametrize("function", DEPLOYED)
def test_a_function_may_do_nothing_that_it_never_does(
    template: dict[str, Any], sent: Mapping[str, set[Permission]], function: str
) -> None:
    needed = sent[function] | DONE_BY_LAMBDA.get(function, set())

    assert granted(template, function) - needed == set()


def test_every_deployed_function_is_looked_at(template: dict[str, Any]) -> None:
    assert set(DEPLOYED.values()) == set(functions(template))


def granted(template: dict[str, Any], function: str) -> set[Permission]:
    role, _ = functions(template)[DEPLOYED[function]]["Role"]["Fn::GetAtt"]
    policies = template["Resources"][role]["Properties"]["Policies"]
    statements = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
    return {
        (action, named(statement["Resource"]))
        for statement in statements
        for action in statement["Action"]
        if statement["Sid"] != "WriteItsLog"
    }


def named(resource: Any) -> str:
    """`CoreTable` for its ARN, `CoreTable.StreamArn` for its stream's, `CoreTable/index/due` for an index's."""
    if isinstance(resource, str):
        return resource
    if "Fn::GetAtt" in resource:
        return ".".join(resource["Fn::GetAtt"]).removesuffix(".Arn")
    return resource["Fn::Sub"].replace("${CoreTable.Arn}", "CoreTable")


def live(web: Driver, calls: Calls) -> None:
    """Everything that the functions do, each branch that asks something else of AWS included."""
    with calls.of("api_handler"):
        subscription = ask_everything(web)
    with calls.of("catch_up"):
        app.catch_up(scheduled_event("catch_up", 0), Context("catch_up"))
    # Made in the dashboard it does not name its account, which is then looked for by the customer.
    web.world.operator.v1.subscriptions.update(subscription, {"metadata": {"account": ""}})
    with calls.of("on_stripe_event", losses=LOSSES_BEFORE_FENCE):
        hand_over("on_stripe_event", [vars(each) for each in web.world.messages()])
    use(web, calls, "few", 3)
    use(web, calls, "many", 200)
    with calls.of("api_handler", losses=LOSSES_BEFORE_FENCE):
        change_everything(web, subscription)
    web.world.emulator.turner.move_to(web.world.clock.now() + 40 * DAY)
    with calls.of("every_minute"):
        app.every_minute(scheduled_event("every_minute", 0), Context("every_minute"))
    recharge_in_vain(web, calls)
    leave_behind(web, calls)
    use(web, calls, "late", 3, days_ago=20)
    leave_undone(web, subscription)
    with calls.of("nightly", losses=LOSSES_BEFORE_FENCE):
        app.nightly(scheduled_event("nightly", 0), Context("nightly"))
    # The first was lost on the way, so all are read again.
    records = [inserted(item) for item in entries(web)[1:]]
    with calls.of("on_journal"):
        app.on_journal({"Records": records}, Context("on_journal"))


def recharge_in_vain(web: Driver, calls: Calls) -> None:
    """Found by the sweep, and given up when the customer does not satisfy his bank."""
    number = begin_recharge(web)
    with calls.of("on_due", losses=LOSSES_BEFORE_FENCE):
        hand_over("on_due", [{"account": "acme", "due": 0}])
    with calls.of("on_recharge"):
        hand_over("on_recharge", [{"account": "acme", "number": number}])
    # The bank wants the customer, who does not come.
    web.world.emulator.turner.move_to(web.world.clock.now() + DAY)
    with calls.of("on_recharge", losses=LOSSES_BEFORE_FENCE):
        hand_over("on_recharge", [{"account": "acme", "number": number}])


def leave_behind(web: Driver, calls: Calls) -> None:
    """A change under an idempotency key whose process died, and that the sweep takes up."""
    now = web.deps.clock.now()
    order = Order(web.deps.token(), "cancellation_undone", None, None, None, now, "key:test", now, operation="op")
    place_order(web.deps, "acme", lambda *_: order, "op")
    web.world.emulator.turner.move_to(now + HELD_SECONDS)
    with calls.of("on_due"):
        hand_over("on_due", [{"account": "acme", "due": 0}])


def begin_recharge(web: Driver) -> int:
    """One that nobody took up within a minute; returns its number."""
    rule = {"enabled": True, "threshold": 10**15, "pack": "enterprise"}
    assert web.ask("PUT", "/v1/accounts/acme/credits/recharge", rule).json["state"] == "pending"
    web.world.emulator.turner.move_to(web.world.clock.now() + HOUR)
    own = web.world.stored()[0].recharge
    assert own is not None
    return own.count


def leave_undone(web: Driver, subscription: str) -> None:
    """Something that no webhook told, and something that was told and never done."""
    web.world.operator.v1.subscriptions.update(subscription, {"cancel_at_period_end": True})
    web.deps.store.note_event(web.world.messages()[-1], web.deps.clock.now())
    web.world.emulator.turner.move_to(web.world.clock.now() + 2 * HOUR)


def ask_everything(web: Driver) -> str:
    """Each kind of request; returns the subscription that came of them."""
    account = f"/v1/accounts/{web.an_account()}"
    wish = {"plan": "team", "seats": 3, **URLS}
    started = web.ask("POST", f"{account}/subscription", wish, Idempotency_Key="once")
    web.world.pay(started.json["url"])
    for number in range(12):
        event = {"id": f"a{number}", "account": "acme", "meter": "sessions", "quantity": 1}
        assert web.ask("POST", "/v1/usage", {"events": [event]}).json["recorded"] == 1
    assert web.ask("POST", f"{account}/consume", {"id": "c", "meter": "sessions", "quantity": 1}).status == 200
    taken_back = {"id": "t", "meter": "sessions", "quantity": 1, "reason": "twice"}
    assert web.ask("POST", f"{account}/usage/corrections", taken_back).json["recorded"]
    for path in ("", "/check?meter=sessions", "/usage", "/usage/days", "/notices", "/credits", "/credits/history"):
        assert web.ask("GET", f"{account}{path}").status == 200, path
    keep_keys(web, "acme")
    bought = web.ask("POST", f"{account}/credits/purchases", {"pack": "starter", **URLS})
    web.world.pay(bought.json["url"])
    event = json.dumps(first_event(web)).encode()
    signature = sign(event, web.deps.clock.now(), SECRET)
    assert web.ask("POST", "/stripe/webhook", event, key=None, Stripe_Signature=signature).status == 200
    return next(each.object for each in web.world.messages("customer.subscription.created"))


def keep_keys(web: Driver, account: str) -> None:
    """A key of an account and one of all: made, listed, used, rotated, revoked."""
    for reach in ({}, {"account": account}):
        made = web.ask("POST", "/v1/keys", {"name": "k", "scopes": ["read"], **reach}).json
        assert web.ask("GET", f"/v1/accounts/{account}", key=made["key"]).status == 200
        assert web.ask("GET", "/v1/keys").status == 200
        assert web.ask("POST", f"/v1/keys/{made['id']}/rotate", {"overlap_seconds": 60}).status == 200
        assert web.ask("DELETE", f"/v1/keys/{made['id']}").status == 204


def ask_about_people(web: Driver, account: str) -> None:
    """An invitation made, tried in vain, sent anew, and accepted by somebody who leaves."""
    address = {"email": "bob@example.com", "role": "member"}
    old = f"{account}/invitations/{web.ask('POST', f'{account}/invitations', address).json['id']}"
    assert web.ask("POST", f"{old}/accept", {"member": "bob", "token": "x"}).status == 404
    made = web.ask("POST", f"{account}/invitations", address).json
    assert len(web.ask("GET", f"{account}/invitations").json["data"]) == 1
    accept = {"member": "bob", "token": made["token"]}
    assert web.ask("POST", f"{account}/invitations/{made['id']}/accept", accept).status == 200
    assert web.ask("DELETE", f"{account}/members/bob", Acting_Member="bob").status == 204
    for path in ("members", "roles"):
        assert web.ask("GET", f"{account}/{path}").status == 200, path


def end_an_account(web: Driver) -> None:
    """Looked through, taken away, and erased."""
    account = f"/v1/accounts/{web.an_account('gone')}"
    assert web.ask("PUT", f"{account}/credits/recharge", {"enabled": False, "threshold": 1, "pack": "starter"}).json
    assert web.ask("PUT", f"{account}/roles/auditor", {"permissions": []}).status == 201
    for path in ("audit-log", "export"):
        assert web.ask("GET", f"{account}/{path}").status == 200, path
    assert web.ask("POST", f"{account}/erase", {"confirm": "Acme"}).status == 200


def change_everything(web: Driver, subscription: str) -> None:
    """Each kind of change; the last one is left waiting for the customer's bank."""
    account, about = "/v1/accounts/acme", "/v1/accounts/acme/subscription"
    ask_about_people(web, account)
    end_an_account(web)
    assert web.ask("POST", f"{about}/preview", {"seats": 5}).status == 200
    assert web.ask("POST", about, {"seats": 5}).json["outcome"] == "applied"
    assert web.ask("POST", about, {"seats": 4}).json["outcome"] == "scheduled"
    assert web.ask("DELETE", f"{about}/scheduled_change").status == 204
    assert web.ask("POST", f"{about}/cancel", {}).status == 200
    assert web.ask("POST", f"{about}/resume", {}).status == 200
    for hold in ("used", *"abcdefgh"):  # more entries than are left for later
        assert web.ask("POST", f"{account}/holds", {"id": hold, "credits": 1, "expires_in": 60}).status == 201
    assert web.ask("POST", f"{account}/holds/used/capture", {"credits": 1}).status == 200
    [invoice, *_] = web.ask("GET", f"{account}/invoices").json["data"]
    assert web.ask("GET", f"{account}/invoices/{invoice['id']}").status == 200
    assert web.ask("POST", f"{account}/portal", {"return_url": URLS["success_url"]}).status == 200
    customer = web.world.operator.v1.subscriptions.retrieve(subscription).customer
    web.world.act(f"customers/{customer}/card", card=ASKS_THE_BANK)
    assert web.ask("POST", about, {"seats": 6}).json["outcome"] == "payment_required"


def first_event(web: Driver) -> dict[str, Any]:
    first = web.world.messages()[0]
    return web.world.operator.v1.events.retrieve(first.event).to_dict()


def use(web: Driver, calls: Calls, name: str, count: int, *, days_ago: int = 0) -> None:
    """Usage by queue in a process that has seen nothing; all of it counts, as sending it again shows."""
    again = Driver(web.world)
    at = shown(web.deps.clock.now() - days_ago * DAY)
    usage = {"account": "acme", "meter": "sessions", "quantity": 1, "at": at}
    body = {"events": [{"id": f"{name}{number}", **usage} for number in range(count)]}
    with calls.of("on_usage"):
        hand_over("on_usage", [body, {"events": ["never to be recorded"]}])
    assert again.ask("POST", "/v1/usage", body).json["duplicates"] == count


def hand_over(function: str, bodies: list[dict[str, Any]]) -> None:
    """Messages of one group each; all must be worked off."""
    messages = [
        {"MessageId": str(n), "ReceiptHandle": "", "Body": json.dumps(body), "Attributes": {"MessageGroupId": str(n)}}
        for n, body in enumerate(bodies)
    ]
    reply = getattr(app, function)(sqs_event(function, messages), Context(function))
    assert reply == {"batchItemFailures": []}


def entries(web: Driver) -> list[dict[str, Any]]:
    rows = web.dynamodb.scan(TableName=web.deps.settings.core_table)["Items"]
    return [row for row in rows if row["sk"]["S"].startswith("E#")]


def inserted(item: dict[str, Any]) -> dict[str, Any]:
    """An item's arrival as the stream tells it."""
    change = {
        "Keys": {name: item[name] for name in ("pk", "sk")}, "NewImage": plain(item), "SequenceNumber": "1",
        "SizeBytes": 1, "StreamViewType": "NEW_AND_OLD_IMAGES", "ApproximateCreationDateTime": 1_772_000_000,
    }  # fmt: skip
    return {
        "eventID": "1", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1", "dynamodb": change, "eventSourceARN": "arn:aws:dynamodb:::table/core/stream/1",
    }  # fmt: skip
