"""What Lambda gives a function beside its event."""

import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Context:
    """Lambda's context object, as far as Chalice and the functions look at it; nothing here is timed or weighed."""

    function_name: str
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
