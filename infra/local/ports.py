"""Ports of this machine's loopback interface."""

import socket


def free_port() -> int:
    """A port that nobody listens on now; for programs that cannot be told port 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
