"""What no text in one line has: controls, other ends of lines, and what is not seen but changes how others look.

Those are Unicode's categories Cc, Cf, Zl and Zp, written out: to ask for each character's category takes too long. The
joiners U+200C and U+200D stay: names in Persian and in Indic scripts are spelled with them.
"""

_ESCAPED = (
    r"\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e\u200f\u2028-\u202e"
)
_ESCAPED += r"\u2060-\u206f\ufeff\ufff9-\ufffb"
# Those beyond the first plane have no escape that both JSON Schema and Python know.
_AS_THEY_ARE = (
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001-\U000e007f"
)
UNSEEN = _ESCAPED + _AS_THEY_ARE
"""As it stands within the brackets of a pattern."""
