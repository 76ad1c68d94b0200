"""The kinds of fields that bodies and queries are declared with; a description finishes "must be ..."."""

from typing import Annotated

from msgspec import Meta

from chalicelib.domain.holds import LONGEST
from chalicelib.domain.prices import MOST_MONEY
from chalicelib.domain.usage import LARGEST
from chalicelib.web.times import is_day, is_time

ID = r"^(?!\.{1,2}$)[A-Za-z0-9_.:@-]{1,128}$"

Id = Annotated[str, Meta(pattern=ID, description="1 to 128 characters of A-Z a-z 0-9 _ - . : @, and not . or ..")]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S", description="a text of 1 to 200 characters")]
Email = Annotated[str, Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="an e-mail address")]
Url = Annotated[str, Meta(min_length=1, max_length=2000)]
Quantity = Annotated[int, Meta(ge=1, le=LARGEST)]
Value = Annotated[int, Meta(ge=0, le=LARGEST)]
Signed = Annotated[
    int,
    Meta(
        ge=-LARGEST,
        le=LARGEST,
        description=f"an integer from -{LARGEST} to {LARGEST}, but not 0",
        extra={"holds": lambda value: value != 0},
    ),
]
Seconds = Annotated[int, Meta(ge=1, le=LONGEST)]
Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S", description="a text of 1 to 500 characters")]
Seats = Annotated[int, Meta(ge=1, le=100_000)]
Time = Annotated[str, Meta(description="a time such as 2026-11-20T09:30:00Z", extra={"holds": is_time})]
Day = Annotated[str, Meta(description="a day such as 2026-11-20", extra={"holds": is_day})]
MoneyAmount = Annotated[int, Meta(ge=0, le=MOST_MONEY)]
Currency = Annotated[str, Meta(pattern=r"^[a-z]{3}$", description="three lower-case letters")]
Limit = Annotated[int, Meta(ge=1, le=100)]
Cursor = Annotated[str, Meta(min_length=1, max_length=500)]
