"""What Lambda gives a function beside its event."""

import time
import uuid
from dataclasses import dataclass, field

TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Context:
    """Lambda's context object, as far as Chalice and handlers look at it."""

    function_name: str
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    memory_limit_in_mb: int = 512
    function_version: str = "$LATEST"
    invoked_function_arn: str = ""
    log_group_name: str = ""
    log_stream_name: str = ""
    started: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((TIMEOUT_SECONDS - (time.monotonic() - self.started)) * 1000))
