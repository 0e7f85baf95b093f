"""One browser of the crowd: its cookies, its token, its server, and its requests."""

import base64
import json
import secrets
import string
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from stepline.start.stage.crowd.wire import Answer, Wire
from stepline.start.stage.visitors import TOKEN, TooLate

Json = dict[str, Any]

TOKEN_LETTERS = string.ascii_letters + string.digits
TOKEN_LENGTH = 32
CALLER_KEY_BYTES = 32
SENTENCES = "application/json"


@dataclass(frozen=True, slots=True)
class Post:
    """One form on its way: where it goes, and what is in it."""

    path: str
    fields: dict[str, str]


Send = Callable[[Post], Awaitable[Answer]]
# How a post travels: a way may send it late, twice, or never (see `ways`).
Way = Callable[[Post, Send], Awaitable[Answer]]


async def straight(post: Post, send: Send) -> Answer:
    """Send a post once, at once."""
    return await send(post)


@dataclass
class Browser:
    """One browser; `url` may be changed at any time to point it at another server."""

    url: str
    wire: Wire = field(default_factory=Wire)
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    way: Way = straight

    def as_if_opened(self) -> None:
        """Have what opening a document gives, without a request: the token and a caller's key."""
        self.token = "".join(secrets.choice(TOKEN_LETTERS) for _ in range(TOKEN_LENGTH))
        self.cookies["stepline_csrf"] = self.token
        key = secrets.token_bytes(CALLER_KEY_BYTES)
        self.cookies.setdefault("stepline_caller", base64.urlsafe_b64encode(key).decode()[:-1])

    def signed_in(self, key: str) -> None:
        """Hold the key of a volunteer's device, as after the use of an invitation."""
        self.as_if_opened()
        self.cookies["stepline_volunteer"] = key

    async def open(self, path: str) -> str:
        """Open a page, following where it leads; gives its text. Raises TooLate and UNREACHED."""
        answer = await self._get(path)
        if leads_to := answer.header("location"):
            return await self.open(urlsplit(leads_to).path)
        if answer.status != HTTPStatus.OK:
            raise TooLate(f"{path} answered {answer.status}")
        text = answer.body.decode()
        found = TOKEN.search(text)
        self.token = found["token"] if found else self.token
        return text

    async def post(self, path: str, fields: dict[str, str]) -> tuple[int, Json]:
        """Post a form by this browser's way; gives the status and the answer's JSON, if any."""
        answer = await self.way(Post(path, fields), self.send)
        return answer.status, json.loads(answer.body) if answer.body.startswith(b"{") else {}

    async def send(self, post: Post) -> Answer:
        """Send a form once, as it stands; raises one of UNREACHED."""
        body = urlencode(post.fields)
        head = (
            f"POST {post.path} HTTP/1.1\r\nHost: {self._host()}\r\nAccept: {SENTENCES}\r\n"
            f"X-CSRFToken: {self.token}\r\n{self._cookie()}Content-Length: {len(body)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        return self._keep(await self.wire.request(self.url, (head + body).encode()))

    async def send_form(self, path: str) -> str:
        """Press the only button of a page without script; gives the page that follows."""
        await self.open(path)
        body = urlencode({"csrfmiddlewaretoken": self.token})
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host()}\r\nAccept: text/html\r\n"
            f"{self._cookie()}Content-Length: {len(body)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        answer = self._keep(await self.wire.request(self.url, (head + body).encode()))
        return await self.open(urlsplit(answer.header("location")).path)

    async def follow(self, path: str, take: Callable[[bytes], None]) -> Answer:
        """Follow a stream until it ends or breaks; raises one of UNREACHED."""
        head = (
            f"GET {path} HTTP/1.1\r\nHost: {self._host()}\r\nAccept: text/event-stream\r\n"
            f"{self._cookie()}\r\n"
        )
        return await self.wire.follow(self.url, head.encode(), take)

    async def _get(self, path: str) -> Answer:
        head = f"GET {path} HTTP/1.1\r\nHost: {self._host()}\r\nAccept: text/html\r\n"
        request = f"{head}{self._cookie()}\r\n".encode()
        return self._keep(await self.wire.request(self.url, request))

    def _host(self) -> str:
        return urlsplit(self.url).netloc

    def _cookie(self) -> str:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return f"Cookie: {kept}\r\n" if kept else ""

    def _keep(self, answer: Answer) -> Answer:
        """Keep the cookies that came, and drop those that were ended."""
        for name, text in answer.headers:
            if name == "set-cookie":
                for cookie, morsel in SimpleCookie(text).items():
                    if morsel["max-age"] == "0" or not morsel.value:
                        self.cookies.pop(cookie, None)
                    else:
                        self.cookies[cookie] = morsel.value
        return answer
