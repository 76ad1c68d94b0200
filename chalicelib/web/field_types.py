"""The kinds of fields that bodies and queries are declared with; a description finishes "must be ..."."""

from typing import Annotated

from msgspec import Meta

from chalicelib.domain.holds import LONGEST
from chalicelib.domain.prices import MOST_MONEY
from chalicelib.domain.usage import LARGEST
from chalicelib.web.characters import UNSEEN
from chalicelib.web.times import is_day, is_time

ID = r"^(?!\.{1,2}$)[A-Za-z0-9_.:@-]{1,128}$"

# fields.py refuses what is not seen in every text; who reads only the patterns must know it, too.
LINE = f"^[^{UNSEEN}]*$"
WORD = rf"^[^{UNSEEN}]*[^\s{UNSEEN}][^{UNSEEN}]*$"
# What none of the parts between the dots of an address has, unless it is quoted, as nobody's is.
_NOT = rf'@.\s<>()\[\]\\,;:"{UNSEEN}'
_ATOM, _END = f"[^{_NOT}]+", f"[^{_NOT}-]"
_LABEL = f"{_END}([^{_NOT}]*{_END})?"
ADDRESS = rf"^{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+$"
_DATE = "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?Z"

Id = Annotated[str, Meta(pattern=ID, description="1 to 128 characters of A-Z a-z 0-9 _ - . : @, and not . or ..")]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=WORD, description="a text of 1 to 200 characters")]
Email = Annotated[str, Meta(max_length=254, pattern=ADDRESS, description="an e-mail address")]
Token = Annotated[str, Meta(min_length=1, max_length=200, pattern=LINE)]
Url = Annotated[str, Meta(min_length=1, max_length=2000, pattern=LINE)]
Quantity = Annotated[int, Meta(ge=1, le=LARGEST)]
Value = Annotated[int, Meta(ge=0, le=LARGEST)]
Signed = Annotated[
    int,
    Meta(
        ge=-LARGEST,
        le=LARGEST,
        description=f"an integer from -{LARGEST} to {LARGEST}, but not 0",
        extra_json_schema={"not": {"const": 0}},
        extra={"holds": lambda value: value != 0},
    ),
]
Seconds = Annotated[int, Meta(ge=1, le=LONGEST)]
Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=WORD, description="a text of 1 to 500 characters")]
Seats = Annotated[int, Meta(ge=1, le=100_000)]
Time = Annotated[
    str, Meta(pattern=f"{_DATE}{_CLOCK}$", description="a time such as 2026-11-20T09:30:00Z", extra={"holds": is_time})
]
Day = Annotated[
    str, Meta(pattern=f"{_DATE}({_CLOCK})?$", description="a day such as 2026-11-20", extra={"holds": is_day})
]
MoneyAmount = Annotated[int, Meta(ge=0, le=MOST_MONEY)]
Currency = Annotated[str, Meta(pattern=r"^[a-z]{3}$", description="three lower-case letters")]
Limit = Annotated[int, Meta(ge=1, le=100)]
Cursor = Annotated[str, Meta(min_length=1, max_length=500, pattern=LINE)]
