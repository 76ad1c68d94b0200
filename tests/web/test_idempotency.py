"""An Idempotency-Key on every mutating route: done once and answered alike, whatever dies, is lost or comes twice."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.domain.claims import HELD_SECONDS, KEPT_SECONDS
from tests.actions.mortal import answer_lost, dies, fails
from tests.web.again import CASES, OUR_NAMES, Case, Lives, alike, lives, without
from tests.web.driver import ACCOUNT, Reply
from tests.web.route_table import ROUTES

A = "/v1/accounts/{account}"
CARRY_IDS = {
    ("POST", "/v1/usage"), ("POST", f"{A}/consume"), ("POST", f"{A}/usage/corrections"),
    ("POST", f"{A}/holds"), ("POST", f"{A}/holds/{{hold}}/capture"), ("DELETE", f"{A}/holds/{{hold}}"),
}  # fmt: skip
MOST_CHANGES = 20


@pytest.fixture(scope="module")
def web() -> Iterator[Lives]:
    with lives() as web:
        yield web


def each(cases: list[Case] = CASES) -> Any:
    names = [f"{case.method} {case.path} {case.before}" for case in cases]
    return pytest.mark.parametrize("case", cases, ids=names)


def test_no_route_is_left_out() -> None:
    mutating = {(each.method, each.path) for each in ROUTES if each.method != "GET"}

    assert mutating - CARRY_IDS == {case.route for case in CASES}


@each()
def test_the_same_again_is_answered_the_same_and_done_once(web: Lives, case: Case) -> None:
    web.begin(case.before)
    first = web.send(case)
    effects, asked = web.effects(), web.writes()

    again = web.send(case)

    assert first.status == case.answers, first.text
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status, without(again.text, None)) == (first.status, without(first.text, case.secret))
    assert web.effects() == effects
    assert web.writes() - asked == (1 if "portal" in case.path else 0)
    [stored] = web.claims()
    assert [name for name in (*OUR_NAMES, '"k1"') if name in stored] == []
    assert not case.secret or first.json[case.secret] not in stored


@each()
def test_another_request_under_the_same_key_is_refused(web: Lives, case: Case) -> None:
    web.begin(case.before)
    web.send(case)
    effects = web.effects()

    others = [] if case.other is None else [web.send(case, case.other)]

    for reply in (*others, web.ask("PUT", "/v1/accounts/other", ACCOUNT, Idempotency_Key="k1")):
        assert (reply.status, reply.code, reply.fields) == (422, "idempotency_key_reused", ["Idempotency-Key"])
    assert web.effects() == effects


@each([case for case in CASES if case.body and len(case.body) > 1])
def test_the_same_in_another_order_is_the_same_request(web: Lives, case: Case) -> None:
    web.begin(case.before)
    web.send(case)

    again = web.send(case, dict(reversed(case.body.items())))

    assert again.headers["Idempotency-Replayed"] == "true"


@each()
def test_whenever_the_process_dies_the_same_again_has_one_effect(web: Lives, case: Case) -> None:
    web.begin(case.before)
    usual = web.send(case)
    effects = web.effects()

    for at in range(MOST_CHANGES):
        web.begin(case.before)
        fate, reply = web.dying_at(at, dies), web.send(case)
        if not fate.died:
            break
        assert reply.status == 500
        web.living()
        if at > 0:
            assert web.send(case).code == "in_progress"
            web.later(HELD_SECONDS)
        after = web.send(case)

        assert (at, after.status, alike(after.text)) == (at, usual.status, alike(usual.text))
        assert "Idempotency-Replayed" not in after.headers
        assert web.effects() == effects, f"died before change {at}"
        again = web.send(case)
        assert (without(again.text, None), "Idempotency-Replayed" in again.headers) == (
            without(after.text, case.secret),
            True,
        )
    assert 2 <= at < MOST_CHANGES - 1


@each()
def test_the_same_at_the_same_time_waits_and_takes_nothing_from_the_first(web: Lives, case: Case) -> None:
    web.begin(case.before)
    usual, seconds = web.send(case), list[Reply]()
    effects = web.effects()

    def meanwhile(call: Any, *_: Any) -> Any:
        web.living()
        seconds.append(web.send(case))
        return call()

    for at in range(1, MOST_CHANGES):
        web.begin(case.before)
        fate, first = web.dying_at(at, meanwhile), web.send(case)
        web.living()
        if fate.made <= at:
            break
        assert (first.status, alike(first.text)) == (usual.status, alike(usual.text))
        assert web.effects() == effects
    assert [(each.status, each.code) for each in seconds] == [(409, "in_progress")] * (at - 1)
    assert seconds


@each()
def test_what_nobody_answered_is_gone_on_with_at_once(web: Lives, case: Case) -> None:
    web.begin(case.before)
    usual = web.send(case)
    effects = web.effects()

    for befalls in (fails, answer_lost):
        web.begin(case.before)
        fate, failed = web.dying_at(1, befalls), web.send(case)
        web.living()
        if failed.status != 503:
            web.later(HELD_SECONDS)  # whoever got an answer that could not be kept need not ask again
        after = web.send(case)

        assert fate.made > 1
        assert (after.status, alike(after.text)) == (usual.status, alike(usual.text))
        assert web.effects() == effects


@each()
def test_after_a_day_and_under_another_api_key_it_is_another_operation(web: Lives, case: Case) -> None:
    for key, seconds in ((web.other_key, 0), (web.key, KEPT_SECONDS)):
        web.begin(case.before)
        web.send(case)
        web.later(seconds - 1 if seconds else 0)
        last = web.send(case)
        web.later(1)

        other = web.send(case, key=key)

        assert last.headers["Idempotency-Replayed"] == "true"
        assert "Idempotency-Replayed" not in other.headers
        assert other.status < 500


@each()
def test_an_impossible_key_is_told_and_nothing_is_done(web: Lives, case: Case) -> None:
    web.begin(case.before)
    before = web.effects()

    for text in ("", "a" * 256, "a\tb", "\N{SNOWMAN}", "a\n"):
        reply = web.send(case, text=text)

        assert (reply.status, reply.code, reply.fields) == (422, "bad_parameter", ["Idempotency-Key"])
    assert (web.effects(), web.claims()) == (before, [])


def test_a_key_may_be_long_and_of_any_characters_that_a_header_holds(web: Lives) -> None:
    [case] = [each for each in CASES if each.path.endswith("adjustments")]
    web.begin(case.before)

    for text in ("a" * 255, "été ~ and more"):
        assert web.send(case, text=text).status == 200
        assert web.send(case, text=text).headers["Idempotency-Replayed"] == "true"


def test_what_was_refused_claims_nothing(web: Lives) -> None:
    [case] = [each for each in CASES if each.path.endswith("credits/purchases")]
    web.begin(case.before)

    invalid = web.send(case, {"pack": "starter"})
    unknown = web.send(case, case.body | {"pack": "huge"})
    right = web.send(case)

    assert (invalid.status, unknown.status) == (422, 404)
    assert (right.status, "Idempotency-Replayed" in right.headers) == (200, False)


def test_who_may_not_ask_gets_no_replay(web: Lives) -> None:
    [case] = [each for each in CASES if each.path.endswith("credits/purchases")]
    web.begin(case.before)
    web.send(case)

    other_scope, acting = web.a_key("read"), {"Idempotency_Key": "k1", "Acting_Member": "ada"}
    target = case.path.format(account="acme")

    assert web.send(case, key=other_scope).code == "forbidden"
    assert web.ask("POST", target, case.body, **acting).code == "idempotency_key_reused"
    assert web.ask("POST", target, case.body, **(acting | {"Acting_Member": "eve"})).code == "unknown_account"


def test_where_requests_carry_ids_the_header_says_nothing(web: Lives) -> None:
    web.begin("free")
    event = {"id": "e1", "meter": "sessions", "quantity": 1}

    first, again, other = (
        web.ask("POST", "/v1/accounts/acme/consume", event | {"id": each}, Idempotency_Key="a" * 300)
        for each in ("e1", "e1", "e2")
    )

    assert (first.json["duplicate"], again.json["duplicate"], other.json["duplicate"]) == (False, True, False)
    assert "Idempotency-Replayed" not in again.headers
    assert web.claims() == []


def test_a_replay_shows_the_account_as_it_is_now(web: Lives) -> None:
    [case, *_] = CASES
    web.begin(case.before)
    web.send(case)
    web.ask("PUT", "/v1/accounts/acme", ACCOUNT | {"name": "New"})

    again = web.send(case)

    assert (again.status, again.json["name"]) == (201, "New")


def test_what_is_done_stays_done_though_another_change_is_at_work_when_it_is_asked_again(web: Lives) -> None:
    more = next(each for each in CASES if each.body == {"seats": 5} and each.path.endswith("subscription"))
    web.begin(more.before)
    fate = web.dying_at(-1, dies)
    web.send(more)
    web.begin(more.before)
    web.dying_at(fate.made - 1, dies)
    assert web.send(more).status == 500
    web.living()
    web.later(HELD_SECONDS)
    path = "/v1/accounts/acme/subscription"
    web.dying_at(2, dies)
    assert web.ask("POST", path, {"seats": 8}, Idempotency_Key="k2").status == 500
    web.living()

    meanwhile = web.send(more)
    web.later(HELD_SECONDS + 60)
    other = web.ask("POST", path, {"seats": 8}, Idempotency_Key="k2")
    again = web.send(more)

    assert [each.json["outcome"] for each in (meanwhile, other, again)] == ["applied"] * 3
    account = web.ask("GET", "/v1/accounts/acme").json
    assert (account["seats"]["bought"], account["scheduled_change"]) == (8, None)


def test_what_came_after_an_unanswered_request_is_not_undone_by_it(web: Lives) -> None:
    renamed, wish = CASES[1], next(each for each in CASES if each.body == {"plan": "personal"})
    web.begin(renamed.before)
    web.dying_at(2, dies)
    web.send(renamed)
    web.living()
    web.ask("PUT", "/v1/accounts/acme", ACCOUNT | {"name": "New"})
    web.later(HELD_SECONDS)

    assert web.send(renamed).json["name"] == "New"

    web.begin(wish.before)
    fate = web.dying_at(-1, dies)
    web.send(wish)
    web.begin(wish.before)
    web.dying_at(fate.made - 1, dies)
    web.send(wish)
    web.living()
    web.ask("DELETE", "/v1/accounts/acme/subscription/scheduled_change")
    web.later(HELD_SECONDS)
    again = web.send(wish)

    assert (again.json["outcome"], again.json["account"]["scheduled_change"]) == ("scheduled", None)
