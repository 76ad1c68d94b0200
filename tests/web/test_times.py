import re

import pytest

from chalicelib.domain.periods import day_start
from chalicelib.web.times import instant, is_time, shown


def test_shows_an_instant_in_utc_and_reads_it_back() -> None:
    at = day_start(2026, 11, 20) + 9 * 3600 + 30 * 60

    assert shown(at) == "2026-11-20T09:30:00Z"
    assert instant(shown(at)) == at


def test_drops_parts_of_a_second() -> None:
    assert instant("2026-11-20T09:30:00.999Z") == instant("2026-11-20T09:30:00Z")


NO_TIMES = [
    "", "now", "2026-11-20", "2026-11-20T09:30Z", "2026-11-20 09:30:00Z", "2026-11-20T09:30:00z",
    "2026-11-20T24:00:01Z", "2026-13-01T00:00:00Z", "2026-11-20T09:30:60Z", "1969-12-31T23:59:59Z",
    "12026-11-20T09:30:00Z", "2026-11-20T09:30:00Z\n", "\uff12\uff10\uff12\uff16-11-20T09:30:00Z",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_TIMES)
def test_takes_one_form_only(text: str) -> None:
    assert not is_time(text)
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        instant(text)
