import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from stepline.web import account, limits

HOME = "86.40.1.2"


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    limits.forget_counts()


def asking(address: str = HOME, device: str = "", forwarded: str = "") -> HttpRequest:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().post("/call/ask", headers=headers, REMOTE_ADDR=address)
    if device:
        request.COOKIES[account.CALLER_COOKIE] = device
    return request


def allowed(count: int, request: HttpRequest) -> list[bool]:
    return [limits.allow_ask(request) for _ in range(count)]


def test_a_device_may_ask_ten_times_in_ten_minutes() -> None:
    assert allowed(11, asking(device="one")) == [True] * 10 + [False]
    assert limits.allow_ask(asking(device="another"))


def test_a_network_may_ask_sixty_times_in_ten_minutes() -> None:
    assert allowed(61, asking()) == [True] * 60 + [False]
    assert limits.allow_ask(asking("86.40.1.3"))


def test_all_of_a_homes_ipv6_addresses_are_one_network() -> None:
    allowed(60, asking("2a02:8084:1:2::1"))
    assert not limits.allow_ask(asking("2a02:8084:1:2:ffff::9"))
    assert limits.allow_ask(asking("2a02:8084:1:3::1"))


def test_an_untold_proxy_on_this_machine_does_not_hold_every_caller() -> None:
    assert all(allowed(200, asking("127.0.0.1")))
    assert allowed(11, asking("127.0.0.1", device="one"))[-1] is False


def test_forwarded_addresses_count_from_trusted_proxies_alone(settings: Settings) -> None:
    forged = asking(HOME, forwarded="9.9.9.9")
    assert str(limits.client_address(forged)) == HOME
    settings.STEPLINE_TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert str(limits.client_address(forged)) == HOME
    through = asking("10.0.0.7", forwarded="9.9.9.9")
    assert str(limits.client_address(through)) == "9.9.9.9"


def test_of_forwarded_addresses_the_nearest_untrusted_one_counts(settings: Settings) -> None:
    settings.STEPLINE_TRUSTED_PROXIES = ["10.0.0.0/8", "192.0.2.1"]
    forged = asking("10.0.0.7", forwarded=f"1.2.3.4, {HOME}, 192.0.2.1, 10.1.1.1")
    assert str(limits.client_address(forged)) == HOME


@pytest.mark.parametrize("forwarded", ["", "unknown", "1.2.3.4, garbage", ",,,", "::ffff:banana"])
def test_an_unreadable_forwarded_address_leaves_the_proxys_own(
    settings: Settings, forwarded: str
) -> None:
    settings.STEPLINE_TRUSTED_PROXIES = ["10.0.0.7"]
    assert str(limits.client_address(asking("10.0.0.7", forwarded=forwarded))) == "10.0.0.7"


def test_an_ipv4_address_inside_ipv6_is_that_ipv4_address() -> None:
    assert str(limits.client_address(asking(f"::ffff:{HOME}"))) == HOME


def test_code_tries_are_counted_by_network_and_forgiven_when_right() -> None:
    request = asking()
    assert [limits.allow_code_try(request) for _ in range(11)] == [True] * 10 + [False]
    limits.forgive_code_tries(request)
    assert limits.allow_code_try(request)


def test_code_tries_are_counted_from_everywhere_too() -> None:
    tries = [
        limits.allow_code_try(asking(f"86.40.{number // 250}.{number % 250}"))
        for number in range(601)
    ]
    assert tries == [True] * 600 + [False]


def test_the_counts_hold_no_address_and_no_cookie() -> None:
    limits.allow_ask(asking(device="a-device-cookie"))
    limits.allow_code_try(asking())
    held = str(vars(limits._counts.storage))
    assert HOME not in held
    assert "a-device-cookie" not in held
    assert "asks by device" in held
