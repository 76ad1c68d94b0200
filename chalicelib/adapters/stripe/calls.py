"""How Stripe is called: one client for the process, made on first use, and a key for whatever makes something.

Stripe keeps the first answer to a key for 24 hours, a 500 of its own included, so asking again with that key can never
succeed: then we look whether it was done after all, and only if not take a fresh key. The same where the key was used
with other parameters.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chalicelib.adapters.stripe.failures import is_replay, translating
from chalicelib.errors import StripeUnavailable
from chalicelib.settings import STRIPE_API_VERSION, Settings

if TYPE_CHECKING:
    from stripe import RequestOptions, StripeClient

CONNECT_SECONDS, READ_SECONDS, RETRIES = 3, 12, 2
FRESH_KEYS = 4


class Calls:
    """Runs calls with the SDK and gives plain values; raises our errors."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _client(self) -> "StripeClient":
        # A third of a second that functions which never talk to Stripe do not pay.
        import stripe

        stripe.enable_telemetry = False
        base = self._settings.stripe_api_base
        return stripe.StripeClient(
            self._settings.stripe_api_key,
            stripe_version=STRIPE_API_VERSION,
            max_network_retries=RETRIES,
            http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
            base_addresses={"api": base} if base else {},
        )

    def ask(self, call: Callable[["StripeClient"], Any]) -> Any:
        """What a call answers that changes nothing."""
        with translating():
            return call(self._client)

    def ask_plainly(self, method: str, path: str, **params: Any) -> Any:
        """The same as JSON, for what is asked at every turn: the SDK's own objects take longer than the call's rest.

        Stripe's previews are asked for by POST.
        """
        with translating():
            return self._client.raw_request(method, path, **params).data

    def make(
        self,
        key: str,
        call: Callable[["StripeClient", "RequestOptions"], Any],
        look: Callable[[], Any] = lambda: None,
    ) -> Any:
        """What a call answers that makes or moves something; `look` finds what a kept 500 may have made."""
        for attempt in range(FRESH_KEYS):
            options: RequestOptions = {"idempotency_key": f"{key}:{attempt}" if attempt else key}
            with translating():
                answer, is_spent = self._try(call, options)
            if not is_spent:
                return answer
            found = look()
            if found is not None:
                return found
        raise StripeUnavailable("Stripe failed, and keeps to it")

    def _try(
        self, call: Callable[["StripeClient", "RequestOptions"], Any], options: "RequestOptions"
    ) -> tuple[Any, bool]:
        import stripe

        try:
            return call(self._client, options), False
        except stripe.APIError as error:
            if not is_replay(error):
                raise
        # The same effect was asked for in other words, such as a customer whose name has changed since.
        except stripe.IdempotencyError:
            pass
        return None, True
