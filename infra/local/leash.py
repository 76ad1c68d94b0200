"""Runs the AWS emulator for as long as its parent lives: `python -m infra.local.leash`.

The parent holds the other end of our standard input and says nothing. However it ends, even killed, that end
closes and we go too.
"""

import os
import runpy
from threading import Thread


def _until_parent_ends() -> None:
    # os.read holds none of the locks that an orderly end asks for.
    os.read(0, 1)
    os._exit(0)


if __name__ == "__main__":
    Thread(target=_until_parent_ends, daemon=True).start()
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
