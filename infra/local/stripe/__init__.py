"""A Stripe of our own, for development and tests: stateful, strict, deterministic."""
