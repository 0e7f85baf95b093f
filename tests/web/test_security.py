import logging
from collections.abc import Callable

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from stepline.web import security

NAME = "Bartholomew"
SECRETS = (NAME, "+353 86 123 4567", "K4P7-QR9T-XW3D", "86.40.1.2")


# Closing an answer ends its connections to the database, so there must be one.
@pytest.mark.django_db
def test_every_answer_has_the_strict_headers(client: Client) -> None:
    for address in ("/sign-in", "/no-such-page", "/static/css/tokens.css"):
        answer = client.get(address)
        answer.close()
        for name, value in security.HEADERS.items():
            assert answer.headers[name] == value, (address, name)


def test_no_page_may_take_anything_from_elsewhere_or_from_within_itself() -> None:
    policy = dict(part.split(" ", 1) for part in security.CONTENT_SECURITY_POLICY.split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["font-src"] == "'none'"
    assert "unsafe" not in security.CONTENT_SECURITY_POLICY
    assert "http" not in security.CONTENT_SECURITY_POLICY


def test_pages_are_kept_in_no_cache(client: Client) -> None:
    assert client.get("/sign-in").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("address", "found"),
    [("/", True), ("/line/quiet/", True), ("/danger", True), ("/sign-in", False), ("/i/x", False)],
)
@pytest.mark.django_db
def test_search_engines_find_the_line_and_nothing_behind_it(
    client: Client, address: str, found: bool
) -> None:
    assert ("X-Robots-Tag" not in client.get(address).headers) is found


def test_browsers_come_by_https_alone_once_they_did(client: Client, settings: Settings) -> None:
    assert "Strict-Transport-Security" not in client.get("/sign-in").headers
    settings.SECURE = True
    assert client.get("/sign-in").headers["Strict-Transport-Security"] == "max-age=63072000"


def test_an_unknown_address_is_told_kindly_without_repeating_it(client: Client) -> None:
    answer = client.get(f"/{NAME}", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert NAME not in answer.content.decode()


def test_a_script_gets_the_sentence_alone(client: Client) -> None:
    answer = client.get("/nothing", headers={"Accept": "application/json"})
    assert answer.json() == {"message": "The address may be old or mistyped. Nothing is lost."}


def test_a_form_from_elsewhere_is_refused_in_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in", {"code": "K4P7"})
    assert answer.status_code == 403
    assert "Go back, load the page again" in answer.content.decode()
    assert "CSRF" not in answer.content.decode()


@pytest.mark.parametrize("status", [400, 403, 404, 413, 500])
def test_error_pages_are_kind_and_lead_on(status: int) -> None:
    page = security.error_page(RequestFactory().get("/"), status).content.decode()
    assert "othing is lost" in page
    assert 'href="/danger"' in page
    assert "Traceback" not in page


def test_a_failing_page_shows_no_detail(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.web.failing_urls"
    answer = Client(raise_request_exception=False).get("/fails", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert "That is our doing, not yours" in answer.content.decode()
    assert NAME not in answer.content.decode()


def sent_to(body: list[bytes], *, announced: bytes | None = None) -> tuple[int, int]:
    """Send a body to the application behind the guard; give the status and how much it read."""
    read = 0

    async def application(
        scope: security.Scope, receive: security.Receive, send: security.Send
    ) -> None:
        nonlocal read
        more = True
        while more:
            message = await receive()
            read += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    parts = [
        {"type": "http.request", "body": part, "more_body": number < len(body) - 1}
        for number, part in enumerate(body)
    ]
    statuses: list[int] = []

    async def receive() -> security.Message:
        return parts.pop(0)

    async def send(message: security.Message) -> None:
        if "status" in message:
            statuses.append(message["status"])

    headers = [] if announced is None else [(b"content-length", announced)]
    guarded: Callable[..., object] = async_to_sync(security.SmallBodies(application, 100))
    guarded({"type": "http", "headers": headers}, receive, send)
    (status,) = statuses
    return status, read


def test_a_small_body_goes_through() -> None:
    assert sent_to([b"x" * 60, b"x" * 40]) == (200, 100)


@pytest.mark.parametrize("announced", [b"101", b"1e9", b"-5", b"banana"])
def test_a_body_announced_too_large_is_refused_unread(announced: bytes) -> None:
    assert sent_to([b"x"], announced=announced) == (413, 0)


def test_a_body_that_grows_too_large_is_refused_while_it_comes() -> None:
    assert sent_to([b"x" * 60, b"x" * 60, b"x" * 10_000]) == (413, 60)


def logged(record: logging.LogRecord) -> str:
    assert security.NothingPersonal().filter(record)
    return logging.Formatter("%(levelname)s %(name)s %(message)s").format(record)


def a_record(name: str, message: str, *values: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "place.py", 7, message, values, None)


@pytest.mark.parametrize("name", ["django.request", "django.security.csrf", "asyncio", "psycopg"])
def test_what_another_package_logs_keeps_its_place_and_loses_its_words(name: str) -> None:
    record = a_record(name, f"Not Found: /i/%s {SECRETS[2]}", SECRETS[1])
    record.request = RequestFactory().get(f"/i/{SECRETS[2]}")
    text = logged(record)
    assert text == f"ERROR {name} (place:7) route - status -"


def test_our_own_words_are_logged() -> None:
    record = a_record("stepline.worker", "offer %s set aside", "0b5c")
    assert logged(record) == "ERROR stepline.worker offer 0b5c set aside"


def test_a_name_like_ours_is_not_ours() -> None:
    assert "secret" not in logged(a_record("steplinefoo", "secret"))


@pytest.mark.parametrize("name", ["stepline.worker", "django.request"])
def test_an_error_is_logged_without_its_words(name: str) -> None:
    record = a_record(name, "failed")
    with pytest.raises(ValueError, match=NAME) as caught:
        int(NAME)
    record.exc_info = (caught.type, caught.value, caught.tb)
    text = logged(record)
    assert NAME not in text
    assert "ValueError, its words left out" in text
    assert "in test_an_error_is_logged_without_its_words" in text


def test_the_middleware_serves_synchronous_stacks_too() -> None:
    def answer(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("x")

    response = security.SecurityMiddleware(answer)(RequestFactory().get("/"))
    assert response.headers["X-Content-Type-Options"] == "nosniff"
