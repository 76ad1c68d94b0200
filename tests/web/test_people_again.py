"""What people did under an Idempotency-Key, asked again after something came of them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from chalicelib.deps import Beside
from chalicelib.domain.claims import HELD_SECONDS
from chalicelib.domain.invitations import hash_of
from chalicelib.domain.journal import begin
from tests.actions.mortal import dies
from tests.web.again import ACCEPTED, BOB, CASES, Lives, lives

A = "/v1/accounts/{account}"


@pytest.fixture(scope="module")
def web() -> Iterator[Lives]:
    with lives() as web:
        yield web


def test_who_was_invited_and_has_accepted_is_not_invited_again_by_the_same_request(web: Lives) -> None:
    [case] = [each for each in CASES if each.route == ("POST", f"{A}/invitations")]
    web.begin(case.before)
    web.dying_at(2, dies)
    assert web.send(case).status == 500
    web.living()
    deps = web.deps
    state = deps.store.state("acme", consistent=True)
    assert state is not None
    made = deps.store.people.invitation_to(state, case.body["email"])
    assert made is not None
    known = replace(made, token_hash=hash_of("t" * 43))
    begun = begin(state, deps.clock.now(), deps.catalogue)
    deps.store.commit(begun.because("test", "ada"), beside=Beside(people=(known,)))
    path = f"/v1/accounts/acme/invitations/{made.id}/accept"
    assert web.ask("POST", path, ACCEPTED | {"token": "t" * 43}).status == 200
    web.later(HELD_SECONDS)

    again = [web.send(case) for _ in range(2)]

    assert [(each.status, each.code) for each in again] == [(409, "invitation_used")] * 2
    assert web.ask("GET", "/v1/accounts/acme/invitations").json["data"] == []


JOINED = {"id": "bob", "email": "bob@example.com", "name": "Bob", "role": "auditor"}


def test_who_has_accepted_is_told_as_he_is_by_now_and_once_he_is_gone_as_he_joined(web: Lives) -> None:
    [case] = [each for each in CASES if each.path.endswith("/accept")]
    web.begin(case.before)
    first = web.send(case)
    web.ask("PUT", "/v1/accounts/acme/members/bob", BOB | {"name": "Rob", "role": "billing"})

    other = web.send(case)
    left = [web.ask("DELETE", f"/v1/accounts/acme/{each}").status for each in ("members/bob", "roles/auditor")]
    gone = web.send(case)

    assert (first.status, first.json, left) == (200, JOINED, [204, 204])
    assert (other.status, other.json) == (200, JOINED | {"name": "Rob", "role": "billing"})
    assert (gone.status, gone.json) == (200, JOINED | {"email": None})


def test_who_was_told_late_of_an_acceptance_is_told_the_same_again(web: Lives) -> None:
    [case] = [each for each in CASES if each.path.endswith("/accept")]
    web.begin(case.before)
    fate = web.dying_at(-1, dies)
    web.send(case)
    web.begin(case.before)
    web.dying_at(fate.made - 1, dies)
    assert web.send(case).status == 500
    web.living()
    now = web.ask("PUT", "/v1/accounts/acme/members/bob", BOB | {"role": "billing"}).json
    web.later(HELD_SECONDS)

    late, again = web.send(case), web.send(case)

    assert (late.status, late.json, "Idempotency-Replayed" in late.headers) == (200, now, False)
    assert (again.status, again.json, "Idempotency-Replayed" in again.headers) == (200, now, True)


def test_an_operation_is_known_however_many_others_were_finished_since(web: Lives) -> None:
    removal = next(each for each in CASES if each.route == ("DELETE", f"{A}/members/{{member}}"))
    web.begin(removal.before)
    web.dying_at(2, dies)
    assert web.send(removal).status == 500
    web.living()
    for n in range(5):
        web.ask("PUT", "/v1/accounts/acme/members/bob", BOB | {"name": f"Bob {n}"}, Idempotency_Key=f"back{n}")
    web.later(HELD_SECONDS)

    again = web.send(removal)

    assert (again.status, "bob" in web.ask("GET", "/v1/accounts/acme/members").text) == (204, True)
