import pytest

from chalicelib.errors import Invalid
from chalicelib.web.return_urls import check_return_urls

HOSTS = ("app.example.com", "localhost:3000")
OURS = [
    ("a page", "https://app.example.com/billing"),
    ("with a query and Stripe's placeholder", "https://app.example.com/done?s={CHECKOUT_SESSION_ID}&a=b%20c"),
    ("a port that the settings name", "https://localhost:3000/done"),
    ("the host in capitals", "https://APP.example.com/"),
]
OTHERS = [
    ("no https", "http://app.example.com/"),
    ("another host", "https://evil.example/"),
    ("a host that ends like ours", "https://evil-app.example.com/"),
    ("a host that begins like ours", "https://app.example.com.evil.example/"),
    ("another port", "https://app.example.com:444/"),
    ("a user before another host", "https://app.example.com@evil.example/"),
    ("a user before our host", "https://a:b@app.example.com/"),
    ("a backslash", "https://evil.example\\@app.example.com/"),
    ("a fragment", "https://app.example.com/#@evil.example"),
    ("no host", "https:///done"),
    ("no address", "done"),
    ("a script", "javascript:alert(1)"),
    ("a space", "https://app.example.com/a b"),
    ("a line end", "https://app.example.com/\n"),
    ("a tab inside the host", "https://app.exam\tple.com/"),
    ("a broken IPv6 address", "https://[app.example.com/"),
    ("no ASCII", "https://app.example.com/é"),
]


@pytest.mark.parametrize(("reason", "url"), OURS, ids=[row[0] for row in OURS])
def test_customers_may_come_back_to_our_hosts(reason: str, url: str) -> None:
    check_return_urls(HOSTS, success_url=url, cancel_url=None)

    assert reason


@pytest.mark.parametrize(("reason", "url"), OTHERS, ids=[row[0] for row in OTHERS])
def test_nobody_is_sent_anywhere_else(reason: str, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_return_urls(HOSTS, success_url=url, cancel_url=url)

    assert [each.field for each in refused.value.problems] == ["success_url", "cancel_url"], reason
