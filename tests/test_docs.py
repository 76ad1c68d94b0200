"""What the README tabulates is what the code has: no line more, no line less."""

import re
from pathlib import Path

import pytest

import app
from chalicelib.actions.handle_stripe_event import HANDLERS
from chalicelib.settings import OPTIONAL, REQUIRED
from chalicelib.web.problems import codes

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def table(name: str) -> dict[str, str]:
    """The rows of one marked table: what stands in its first column, without backticks, and in its second."""
    [text] = re.findall(rf"<!-- {name}.*?-->\n(.*?)<!-- /{name} -->", README, re.DOTALL)
    rows = [line.strip("|").split("|") for line in text.strip().splitlines()[2:]]
    return {row[0].strip().strip("`"): row[1].strip() for row in rows}


def test_every_handled_stripe_event_is_in_the_readme_and_no_other() -> None:
    assert set(table("events")) == set(HANDLERS)


def test_every_setting_is_in_the_readme_and_says_whether_it_is_needed() -> None:
    told = table("settings")

    assert set(told) == REQUIRED.keys() | OPTIONAL.keys()
    assert {name for name, said in told.items() if said.startswith("needed")} == set(REQUIRED)


def test_every_error_code_is_in_the_readme_with_its_status() -> None:
    assert {code: int(status) for code, status in table("codes").items()} == codes()


def paths_in_readme() -> set[str]:
    [text] = re.findall(r"## Use\n(.*?)\*\*Not there yet", README, re.DOTALL)
    found: set[str] = set()
    for line in text.splitlines():
        base = ""
        for path in re.findall(r"`[A-Z]+ ([^`?]+)`|`(\.\.\.[^`]+)`", line.split("|")[1] if "|" in line else ""):
            whole = path[0] or base + path[1].removeprefix("...")
            base = base or whole.rsplit("/", 1)[0]
            found.add(re.sub(r"\.\.\.(?=/purchases)", "", whole))
    return found


@pytest.mark.parametrize("path", sorted(app.app.routes))
def test_every_path_of_the_service_is_in_the_readme(path: str) -> None:
    tail = path.rsplit("/", 1)[-1] if not path.endswith("}") else path.rsplit("/", 2)[-2]

    assert tail.strip("{}") in README
