"""Usage by queue: recorded once, and what never can be is given up at once: whole, with its reason, to a person."""

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

import app
from chalicelib.domain.usage import WITHIN
from chalicelib.errors import Unavailable
from chalicelib.web.logs import JsonLines
from chalicelib.web.queues import Message
from chalicelib.web.times import shown
from chalicelib.web.usage_queue import record_message
from infra.local.lambdas import Context
from tests.actions.world import Instead
from tests.web.driver import Driver

AT = "2026-03-10T00:00:00Z"
ids = count(1)


@pytest.fixture
def web(web: Driver) -> Driver:
    """The file's world, its dead letters taken away."""
    letters(web)
    return web


def event(id: str, account: str, **fields: Any) -> dict[str, Any]:
    return {"id": id, "account": account, "meter": "sessions", **({"quantity": 1, "at": AT} | fields)}


def text(*events: Any) -> str:
    return json.dumps({"events": list(events)})


def message(body: str, group: str = "g") -> Message:
    return Message(f"m{next(ids)}", group, body)


def handed(*messages: Message) -> list[str]:
    """Hands the messages to the function; returns the ids of those that come back."""
    records = [
        {"messageId": each.id, "receiptHandle": "", "body": each.body, "attributes": {"MessageGroupId": each.group}}
        for each in messages
    ]
    reply = app.on_usage({"Records": records}, Context("on_usage"))
    return [each["itemIdentifier"] for each in reply["batchItemFailures"]]


def letters(web: Driver) -> list[tuple[str, str, str]]:
    """Takes what lies with the dead letters: group, body, reason."""
    queue, found = web.deps.settings.usage_dead_letters, list[tuple[str, str, str]]()
    asked = {"MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"]}
    while taken := web.sqs.receive_message(QueueUrl=queue, **asked).get("Messages"):
        for each in taken:
            reason = each["MessageAttributes"]["reason"]["StringValue"]
            found.append((each["Attributes"]["MessageGroupId"], each["Body"], reason))
            web.sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
    return found


def used(web: Driver, account: str) -> int:
    bars = web.ask("GET", f"/v1/accounts/{account}/usage").json["meters"]
    return next(each["used"] for each in bars if each["meter"] == "sessions")


def unavailable(*_: Any, **__: Any) -> Any:
    raise Unavailable


def test_the_usage_queue_records_what_the_call_would(web: Driver) -> None:
    account = web.an_account("queue")
    at = shown(web.deps.clock.now())

    for _ in range(2):
        assert handed(message(text(event("a", account, at=at), event("b", account, at=at)))) == []

    assert used(web, account) == 2
    assert letters(web) == []


TWO_ACCOUNTS = text(event("a", "queue1"), event("b", "queue2"))
UNFIT = [
    ("nothing", " ", "bad_json: The body is no JSON: line 1, column 2: Expecting value."),
    ("no JSON", "{", "bad_json: The body is no JSON: line 1, column 2: Expecting property name"),
    ("a comma missing", '{"events" []}', "bad_json: The body is no JSON: line 1, column 11: Expecting ':' delimiter."),
    ("no object", "[]", "bad_json: The body is no JSON object."),
    ("a key twice", '{"ada@example.com":1,"ada@example.com":2}', "bad_json: The key ... stands more than once"),
    ("a key twice, quoted oddly", """{"a'da":1,"a'da":2}""", "bad_json: The key ... stands more than once"),
    ("no events", "{}", "invalid: events is missing"),
    ("none", text(), "invalid: events must be "),
    ("too many", text(*[1] * 1_001), "invalid: events must be "),
    ("more than events", '{"events": [1], "ada": 1, "eve": 2}', "invalid: another field is not known here"),
    ("two accounts", TWO_ACCOUNTS, "invalid: events must all be of one account"),
]


@pytest.mark.parametrize(("why", "body", "reason"), UNFIT, ids=[row[0] for row in UNFIT])
def test_a_message_that_says_no_such_thing_is_given_up_whole(web: Driver, why: str, body: str, reason: str) -> None:
    before = web.everything()

    assert handed(message(body, "acme")) == [], why

    [(group, given_up, told)] = letters(web)
    assert (group, given_up) == ("acme", body)
    assert told.startswith(reason)
    assert "ada" not in told
    assert len(told) <= 500
    assert web.everything() == before


def test_rejected_events_are_given_up_and_the_others_count(web: Driver) -> None:
    account = web.an_account("partly")
    at = shown(web.deps.clock.now())
    bad = [
        event("old", account, at="2020-01-01T00:00:00Z"),
        event("lost", account, at=at, meter="nothing"),
        {"id": "ada"},
        event("undated", account, at=None),
    ]
    good = [event("a", account, at=at), event("b", account, at=at)]

    assert handed(message(text(good[0], *bad, good[1]), account)) == []

    assert used(web, account) == 2
    reason = f"at_out_of_range, invalid, unknown_meter: 4 of 6 events: at {WITHIN}"
    assert letters(web) == [(account, text(*bad), reason)]


FIRST_PROBLEM = [
    ("no instant", {"at": None}, "at is missing"),
    ("a value where a quantity is due", {"quantity": None, "value": 1}, "quantity is missing: sessions is a counter; "),
    ("a field of somebody's", {"ada": 1, "ada@example.com": 2}, "another field is not known here; known are: id, "),
    ("no such meter", {"meter": "ada"}, "meter is no meter; "),
]


@pytest.mark.parametrize(("why", "fields", "problem"), FIRST_PROBLEM, ids=[row[0] for row in FIRST_PROBLEM])
def test_the_reason_says_what_is_wrong_with_the_first_that_was_rejected(
    web: Driver, why: str, fields: dict[str, Any], problem: str
) -> None:
    handed(message(text(event("b", "reasons", **fields), {"id": 1})))

    [(_, _, reason)] = letters(web)
    assert f": 2 of 2 events: {problem}" in reason, why
    assert "ada" not in reason


def test_an_account_that_comes_to_be_known_gets_what_was_given_up_of_its_own_time_only(web: Driver) -> None:
    now = web.deps.clock.now()
    before, ahead = (text(event(id, "later", at=shown(at))) for id, at in (("a", now - 1), ("b", now + 240)))
    handed(message(before, "later"), message(ahead, "later"))
    first = [reason for _, _, reason in letters(web)]
    account = web.an_account("later")

    handed(message(before, account), message(ahead, account))

    assert first == ["unknown_account: 1 of 1 events: there is no such account"] * 2
    assert letters(web) == [(account, before, f"at_out_of_range: 1 of 1 events: at {WITHIN}")]
    assert used(web, account) == 1


ODD = [
    ("a number too long to be read", '{"id": 1' + "0" * 5_000 + "}"),
    ("a number beyond all numbers", '{"value": 1e400}'),
    ("half a character", r'{"id": "\ud800"}'),
    ("brackets and commas in texts", r'{"id": "],[ \" }", "at": ["]", {}]}'),
    ("no event at all", "null"),
]


@pytest.mark.parametrize(("why", "odd"), ODD, ids=[row[0] for row in ODD])
def test_an_event_is_given_up_just_as_it_was_sent(web: Driver, why: str, odd: str) -> None:
    body = f'\n{{ "\\u0065vents" :[ {odd},{odd} ,\t7\r\n]}} '

    assert handed(message(body)) == []

    [(group, given_up, reason)] = letters(web)
    assert (group, given_up) == ("g", f'{{"events": [{odd}, {odd}, 7]}}'), why
    assert reason.startswith("invalid: 3 of 3 events: ")
    assert len(reason) <= 500


def test_what_was_given_up_holds_nothing_back_in_its_group(web: Driver) -> None:
    account = web.an_account("order")
    at = shown(web.deps.clock.now())
    first, last = (message(text(event(each, account, at=at)), account) for each in "ab")

    assert handed(first, message("{", account), last) == []

    assert used(web, account) == 2


def test_a_message_that_the_database_did_not_take_comes_again_and_nothing_of_it_is_given_up(web: Driver) -> None:
    account, at = web.an_account("retry"), shown(web.deps.clock.now())
    store: Any = Instead(web.deps.store, {"count": unavailable, "commit": unavailable})
    sent = message(text(event("a", account, at=at), {"id": "bad"}), account)

    with pytest.raises(Unavailable):
        record_message(replace(web.deps, store=store), sent)

    assert letters(web) == []
    assert handed(sent) == []
    assert used(web, account) == 1
    assert len(letters(web)) == 1


def test_a_message_that_the_dead_letters_did_not_take_comes_again_and_counts_once(web: Driver) -> None:
    account, at = web.an_account("untaken"), shown(web.deps.clock.now())
    queue: Any = Instead(web.deps.queue, {"give_up_usage": unavailable})
    sent = message(text(event("a", account, at=at), {"id": "bad"}), account)

    for each in (sent, message("{", account)):
        with pytest.raises(Unavailable):
            record_message(replace(web.deps, queue=queue), each)

    assert handed(sent) == []
    assert used(web, account) == 1
    assert [reason for _, _, reason in letters(web)] == ["invalid: 1 of 2 events: account is missing; meter is missing"]


def test_the_same_message_is_given_up_once_and_the_same_words_in_another_again(web: Driver) -> None:
    sent = message("{")

    handed(sent)
    handed(sent)
    taken = len(letters(web))
    handed(message("{"))

    assert (taken, len(letters(web))) == (1, 1)


def test_nothing_that_was_sent_is_told_by_the_log_or_the_reason(web: Driver, caplog: pytest.LogCaptureFixture) -> None:
    private: list[Mapping[str, Any]] = [{"id": "ada@example.com"}, {"ada@example.com": "4242 4242 4242 4242"}]

    handed(message(text(*private)), message(json.dumps(private[1])), message('{"ada@example.com": 4242,}'))

    told = "".join(JsonLines().format(each) for each in caplog.records)
    told += "".join(reason for _, _, reason in letters(web))
    assert told.count("usage.given_up") == 3
    assert "ada@" not in told
    assert "4242" not in told
