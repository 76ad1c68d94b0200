"""`make contract`: the emulator's own tests against a Stripe sandbox, where the two can be compared.

STRIPE_TEST_KEY is a sandbox's secret key; the word `emulator` in its place rehearses the run without a network.
"""

import os
import sys
from pathlib import Path

import pytest

MISSING = 2


def main(key: str) -> int:
    if not key:
        return _missing("STRIPE_TEST_KEY is not set: it is the secret key of a Stripe sandbox (sk_test_…)")
    if not key.startswith(("sk_test_", "rk_test_")) and key != "emulator":
        return _missing("STRIPE_TEST_KEY is no test key: it begins with sk_test_ or rk_test_")
    return pytest.main(["-m", "contract", "--against-stripe", "-p", "no:cacheprovider", str(Path(__file__).parent)])


def _missing(what: str) -> int:
    sys.stderr.write(f"{what}\n")
    return MISSING


if __name__ == "__main__":
    sys.exit(main(os.environ.get("STRIPE_TEST_KEY", "")))
