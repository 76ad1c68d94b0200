"""What the README and the HTTP contract tabulate is what the code has: no line more, no line less."""

import re
from pathlib import Path

import app
from chalicelib.actions import audit, audit_all
from chalicelib.actions.handle_stripe_event import HANDLERS
from chalicelib.actions.stripe_events import EVENTS, Ignored
from chalicelib.domain.findings import CODES
from chalicelib.domain.notices import KINDS
from chalicelib.settings import OPTIONAL, REQUIRED
from chalicelib.web.problems import codes
from infra import alarms

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "chalicelib"
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRACT = (PACKAGE / "web/README.md").read_text(encoding="utf-8")


def table(name: str) -> dict[str, str]:
    """The rows of one marked table: what stands in its first column, without backticks, and in its second."""
    return {first.strip("`"): second for first, second in rows(name)}


def events(name: str) -> dict[str, str]:
    """What a table says of each event, or alarm; those of which it says the same share a row."""
    return {each: said for named, said in rows(name) for each in re.findall(r"`([^`]+)`", named)}


def rows(name: str) -> list[tuple[str, str]]:
    [text] = re.findall(rf"<!-- {name}.*?-->\n(.*?)<!-- /{name} -->", README + CONTRACT, re.DOTALL)
    split = [line.strip("|").split("|") for line in text.strip().splitlines()[2:]]
    return [(first.strip(), second.strip()) for first, second in split]


def test_every_handled_stripe_event_is_in_the_readme_with_what_it_brings_up_to_date() -> None:
    assert events("events") == {kind: handler.what for kind, handler in HANDLERS.items()}


def test_every_stripe_event_that_is_left_alone_is_in_the_readme_with_its_reason() -> None:
    assert events("ignored") == {kind: each.why for kind, each in EVENTS.items() if isinstance(each, Ignored)}


def test_every_setting_is_in_the_readme_and_says_whether_it_is_needed() -> None:
    told = table("settings")

    assert set(told) == REQUIRED.keys() | OPTIONAL.keys()
    assert {name for name, said in told.items() if said.startswith("needed")} == set(REQUIRED)


def test_every_error_code_is_in_the_readme_with_its_status() -> None:
    told = {code: int(status) for status, row in table("codes").items() for code in re.findall(r"`(\w+)`", row)}

    assert told == codes()


def test_every_alarm_is_in_the_readme_with_what_to_do() -> None:
    assert set(events("alarms")) == alarms.cloudformation().keys()


def test_every_finding_is_in_the_readme_with_what_to_do() -> None:
    assert set(events("findings")) == CODES


def test_how_far_an_audit_looks_is_in_the_contract() -> None:
    [told] = re.findall(r"^\| the nightly audit \|(.*)\|$", CONTRACT, re.MULTILINE)

    bounds = [audit_all.SECONDS, audit_all.ACCOUNTS, audit.MOST_ENTRIES, audit.LOOKS]
    assert [int(each.replace(",", "")) for each in re.findall(r"\d[\d,]*", told)] == bounds


def test_every_kind_of_notice_is_in_the_contract() -> None:
    assert set(events("notices")) == set(KINDS)


def test_every_kind_of_notice_is_told_by_somebody() -> None:
    code = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.name != "notices.py"]

    assert [kind for kind in KINDS if not any(f'"{kind}"' in text for text in code)] == []


def test_every_path_of_the_service_is_in_the_contract_and_no_other() -> None:
    [text] = re.findall(r"## Calls\n(.*?)\n## ", CONTRACT, re.DOTALL)
    served = {f"{method} {path}" for path, methods in app.app.routes.items() for method in methods}

    assert set(re.findall(r"^\| `([A-Z]+ /[^`]+)`", text, re.MULTILINE)) == served
