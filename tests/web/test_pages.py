import pytest

from chalicelib.errors import BadParameter
from chalicelib.web.pages import opened, sealed

CURSOR = sealed("pepper", "history", "acme", "17/16-0")


def test_a_cursor_goes_on_where_it_was_made() -> None:
    assert opened("pepper", "history", "acme", CURSOR) == "17/16-0"


BAD = [
    ("of another account", ("pepper", "history", "other", CURSOR)),
    ("of another list", ("pepper", "notices", "acme", CURSOR)),
    ("of another deployment", ("salt", "history", "acme", CURSOR)),
    ("changed", ("pepper", "history", "acme", ("A" if CURSOR[0] != "A" else "B") + CURSOR[1:])),
    ("cut", ("pepper", "history", "acme", CURSOR[:10])),
    ("made up", ("pepper", "history", "acme", "MTcvMTYtMA")),
    ("no base64", ("pepper", "history", "acme", "é!")),
    ("empty", ("pepper", "history", "acme", "")),
]


@pytest.mark.parametrize(("reason", "arguments"), BAD, ids=[row[0] for row in BAD])
def test_a_cursor_of_anything_else_is_refused(reason: str, arguments: tuple[str, str, str, str]) -> None:
    with pytest.raises(BadParameter) as refused:
        opened(*arguments)

    assert refused.value.problems[0].field == "cursor", reason
