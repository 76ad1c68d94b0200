"""AWS on this machine: ministack as a child process, with the deployment's own tables, queues and bus in it.

It lives as long as we do and is told so from outside: see leash.py. Its clock is real time, whatever ours says.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.ports import free_port

REGION = "eu-central-1"
# A key that no real AWS knows: what is meant for this machine can never reach an account.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
STARTS = 3
SECONDS_TO_ANSWER = 30


class NoAws(Exception):
    """The emulator of AWS did not come up; the message says where its own words are."""


class Aws:
    """`with Aws(directory) as aws:` gives `aws.url` and clients; the emulator ends with the block.

    `keep` has it write down its tables and queues under the directory when it ends.
    """

    def __init__(self, directory: Path, *, keep: bool = False) -> None:
        self._dir = directory / "aws"
        self._keep = keep
        self._log = self._dir / "ministack.log"
        self._child: subprocess.Popen[bytes] | None = None
        self.url = ""

    def __enter__(self) -> Self:
        self._dir.mkdir(parents=True, exist_ok=True)
        for _ in range(STARTS):
            self._start()
            if self._answers():
                return self
            # Somebody took the port between our look and ministack's bind: another one.
            self.close()
        raise NoAws(f"the local AWS did not start; its log is {self._log}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def client(self, service: str) -> Any:
        """A botocore client of this emulator."""
        return client(service, self.url)

    def close(self) -> None:
        if self._child is None:
            return
        child, self._child = self._child, None
        # Asked politely it writes down what it has; the leash, let go, ends it at once.
        if self._keep:
            child.terminate()
        elif child.stdin:
            child.stdin.close()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _start(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "infra.local.leash"],
                env=os.environ | CREDENTIALS | self._settings(port),
                cwd=Path(__file__).parents[2],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                # Ctrl-C in the terminal is for us alone: we end it when we are through with it.
                start_new_session=True,
            )

    def _settings(self, port: int) -> dict[str, str]:
        # Left to itself it listens on every interface, with more servers beside, and writes under /tmp.
        return {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": REGION,
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "PERSIST_STATE": "1" if self._keep else "0",
            "STATE_DIR": str(self._dir / "state"),
            "S3_DATA_DIR": str(self._dir / "s3"),
            "TMPDIR": str(self._dir),
        }

    def _answers(self) -> bool:
        sqs, until = self.client("sqs"), time.monotonic() + SECONDS_TO_ANSWER
        while time.monotonic() < until and self._child and self._child.poll() is None:
            try:
                sqs.list_queues()
            except (BotoCoreError, ClientError):
                time.sleep(0.1)
            else:
                return True
        return False


def client(service: str, url: str) -> Any:
    """A botocore client of the AWS that answers at this URL."""
    return botocore.session.Session().create_client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        # Its own user agent botocore puts together anew for each call, which takes a tenth of the call.
        config=Config(user_agent="local", retries={"total_max_attempts": 3}, connect_timeout=5, read_timeout=30),
    )
