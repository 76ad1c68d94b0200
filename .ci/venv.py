"""Builds .venv from the two lock files, unless the one that is there was built from them as they are now.

Runs on a bare Python. The stamp is written last, so a build that was interrupted counts as none.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = (ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt")
VENV = ROOT / ".venv"
STAMP = VENV / "built-from"


def main():
    if sys.version_info < (3, 11):  # noqa: UP036 (whoever starts this may have an older one)
        sys.exit(f"This needs Python 3.11 or newer; {sys.executable} is {version()}. Say: make PYTHON=python3.12")
    # Two makes started side by side: the second waits, and finds the work done.
    with LOCKS[0].open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not STAMP.exists() or STAMP.read_text() != fingerprint():
            build(lock)


def build(lock):
    print("Building .venv from the locked versions (about a minute) ...", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    run(lock, sys.executable, "-m", "venv", VENV)
    files = [argument for each in LOCKS for argument in ("--requirement", each)]
    pip = [VENV / "bin" / "python", "-m", "pip", "--disable-pip-version-check"]
    run(lock, *pip, "install", "--quiet", "--require-hashes", "--only-binary=:all:", *files)
    STAMP.write_text(fingerprint())


def run(lock, *command):
    # The child holds the lock too: if we are killed, nobody builds while it still writes.
    done = subprocess.run(command, pass_fds=[lock.fileno()], check=False)
    if done.returncode:
        sys.exit("The environment could not be built; what stopped it stands above.")


def fingerprint():
    files = [hashlib.sha256(lock.read_bytes()).hexdigest() for lock in LOCKS]
    return "\n".join([version(), sys.base_prefix, *files])


def version():
    return ".".join(str(part) for part in sys.version_info[:3])


if __name__ == "__main__":
    main()
