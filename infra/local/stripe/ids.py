"""Ids in Stripe's form, the same ones for the same seed and the same order of calls."""

import random
import string

ALPHABET = string.ascii_letters + string.digits
# Old kinds have short ids; the rest carry a version digit and 23 characters.
LENGTHS = {"cus": 14, "prod": 14, "si": 14, "whsec": 32, "cs_test": 58}


class Ids:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def make(self, prefix: str) -> str:
        if prefix in LENGTHS:
            return f"{prefix}_{self.letters(LENGTHS[prefix])}"
        return f"{prefix}_1{self.letters(23)}"

    def letters(self, length: int, alphabet: str = ALPHABET) -> str:
        return "".join(self._random.choices(alphabet, k=length))

    def shuffled(self, things: list) -> list:
        return self._random.sample(things, len(things))
