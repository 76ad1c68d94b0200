"""Serve the emulator alone: `python -m infra.local.stripe --port 12111`."""

import argparse
import signal
import threading

from infra.local.clock import Clock
from infra.local.stripe.emulator import OPERATOR_KEY, SERVICE_KEY, Emulator


def main() -> None:
    parser = argparse.ArgumentParser(description="A Stripe of our own, on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=12111, help="0 for any free one (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed and calls, the same ids")
    options = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with Emulator(Clock(), options.seed).serve(options.port).tick() as emulator:
        print(f"Stripe, locally: {emulator.url}  keys: {SERVICE_KEY}, {OPERATOR_KEY}", flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
