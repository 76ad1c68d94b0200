"""Where Stripe may send a customer back to: https on the hosts of the settings, and nothing that hides another host."""

from collections.abc import Iterable
from re import fullmatch

from chalicelib.errors import Invalid, Problem


def check_return_urls(hosts: Iterable[str], **urls: str | None) -> None:
    """Raises Invalid with every URL, by its field's name, that is not one of ours."""
    hosts = tuple(hosts)
    wrong = [name for name, url in urls.items() if url is not None and not _is_ours(url, hosts)]
    if wrong:
        said = f"must be an https address on {' or '.join(hosts)}, without a fragment"
        raise Invalid([Problem(name, said) for name in wrong])


def _is_ours(url: str, hosts: tuple[str, ...]) -> bool:
    # Browsers read a backslash as a slash, and drop tabs and line ends; Stripe's {CHECKOUT_SESSION_ID} may stand in it.
    found = fullmatch(r"https://([A-Za-z0-9.:-]+)([/?][!-\[\]-~]*)?", url)
    return found is not None and found[1].lower() in hosts and "#" not in url
