"""Settings are read from the environment, and what is wrong in them is told all at once."""

import pytest

from chalicelib.errors import Misconfigured
from chalicelib.settings import REQUIRED, read_settings

NEEDED = dict.fromkeys(REQUIRED, "x")

LIMITS = [("left out", {}, 0), ("empty", {"RATE_LIMIT": " "}, 0), ("off", {"RATE_LIMIT": "0"}, 0)]
LIMITS += [("one", {"RATE_LIMIT": "1"}, 1), ("the most", {"RATE_LIMIT": "999999"}, 999_999)]


@pytest.mark.parametrize(("reason", "given", "limit"), LIMITS)
def test_a_rate_limit_is_a_whole_number(reason: str, given: dict[str, str], limit: int) -> None:
    assert read_settings(NEEDED | given).rate_limit == limit, reason


@pytest.mark.parametrize("text", ["-1", "1.5", "1000000", "many", "\N{ARABIC-INDIC DIGIT ONE}", "1e3"])
def test_any_other_rate_limit_is_refused_by_name(text: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        read_settings(NEEDED | {"RATE_LIMIT": text})

    [problem] = refused.value.problems
    assert problem.startswith("RATE_LIMIT: must be a whole number")
