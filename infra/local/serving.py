"""What to try against a service that runs on this machine."""

from collections.abc import Mapping
from textwrap import dedent


def directions(addresses: Mapping[str, str]) -> str:
    """Where everything is, and a few lines to type."""
    return dedent(
        """
        Serving until Ctrl-C. Addresses and keys are in local.json of the run's directory.

          the service   {api}
          its Stripe    {stripe}

          K='Authorization: Bearer {api_key}'
          curl {api}/v1/plans
          curl -X PUT {api}/v1/accounts/mine -H "$K" -H 'Content-Type: application/json' -d '{{
            "name": "Mine", "email": "me@example.com",
            "owner": {{"id": "me", "email": "me@example.com", "name": "Me"}}}}'
          curl {api}/v1/accounts/mine -H "$K"
          curl {api}/v1/usage -H "$K" -H 'Content-Type: application/json' -d '{{
            "events": [{{"id": "e-1", "account": "mine", "meter": "sessions", "quantity": 3}}]}}'
          curl {api}/v1/accounts/mine/consume -H "$K" -H 'Content-Type: application/json' -d '{{
            "id": "e-2", "meter": "sessions", "quantity": 1}}'
          curl -X POST {api}/v1/accounts/mine/subscription -H "$K" -H 'Content-Type: application/json' -d '{{
            "plan": "team", "success_url": "https://app.example.com/", "cancel_url": "https://app.example.com/"}}'
          (open the url of the answer in a browser; 4242 4242 4242 4242 pays)
          curl -X POST {stripe}/_local/clock -d '{{"by": 2678400}}'
        """
    ).format(**addresses)
