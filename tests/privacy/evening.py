"""One evening on a line, through its pages alone, with names and codes that could leak."""

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client

from stepline import models
from tests.web.cast import a_line, coordinating

CALLER = "Zephyrine"
VOLUNTEER = "Barnabas"
COORDINATOR = "Philomena"
EMAIL = "barnabas@hidden.example"
ENDPOINT = "https://fcm.googleapis.com/fcm/send/where-barnabas-is-woken"
NETWORK = "86.40.1.2"
NUMBER = "086 123 4567"
NUMBERS = {"number": NUMBER, "dialled": "+353861234567", "its end": "861234567"}
SOBER_ON = "2013-02-17"

Reached = Any  # what Django's test client answers with


@dataclass
class Evening:
    """The browsers of three people, and everything that came back to them."""

    line: models.Line
    coordinator: Client
    volunteer: Client = field(default_factory=lambda: Client(REMOTE_ADDR=NETWORK))
    caller: Client = field(default_factory=lambda: Client(REMOTE_ADDR=NETWORK))
    came_back: list[tuple[str, Reached]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    def press(self, client: Client, address: str, **fields: object) -> Any:
        """Post as a page's script does; give the snapshot that comes back."""
        answer = client.post(address, fields, headers={"Accept": "application/json"})
        self.came_back.append((address, answer))
        assert answer.status_code in {200, 201, 202, 204}, (address, answer.content)
        return answer.json() if answer.content else None

    def send(self, client: Client, address: str, **fields: object) -> Reached:
        """Send a form as a page without script does."""
        answer = client.post(address, fields, headers={"Accept": "text/html"})
        self.came_back.append((address, answer))
        return answer

    def look(self, client: Client, address: str) -> str:
        """Open a page."""
        answer = client.get(address, headers={"Accept": "text/html"})
        self.came_back.append((address, answer))
        assert answer.status_code == 200, address
        return answer.content.decode()

    @property
    def secrets(self) -> dict[str, str]:
        """Give all that must stand nowhere in the clear."""
        cookies = {
            f"{number}:{name}": cookie.value
            for number, client in enumerate((self.coordinator, self.volunteer, self.caller))
            for name, cookie in client.cookies.items()
            if name.startswith("stepline_") and name != "stepline_csrf"
        }
        codes = {f"code {number}": code for number, code in enumerate(self.codes)}
        people = {"caller": CALLER, "volunteer": VOLUNTEER, "coordinator": COORDINATOR, **NUMBERS}
        return (
            {**people, "e-mail": EMAIL, "endpoint": ENDPOINT, "network": NETWORK} | cookies | codes
        )

    @property
    def row(self) -> models.Volunteer:
        """Give the volunteer's row."""
        return models.Volunteer.objects.get(is_coordinator=False)

    @property
    def call(self) -> models.Call:
        """Give the caller's newest call."""
        return models.Call.objects.exclude(name_sealed=None).order_by("-asked_at")[0]


def an_evening() -> Evening:
    """Begin: a line and its coordinator, signed in."""
    line = a_line(languages=["en", "es"], is_demo=True, takes_numbers=True)
    return Evening(line, coordinating(line, COORDINATOR).client)


def somebody_serves(evening: Evening) -> None:
    """Add a volunteer, invite them, sign their phone in, and put them on duty by a test ring."""
    press, coordinator, volunteer = evening.press, evening.coordinator, evening.volunteer
    about = {"name": VOLUNTEER, "email": EMAIL, "gender": "unstated", "sober_on": SOBER_ON}
    lists = {"takes": ["anyone"], "languages": ["en", "es"], "takes_calls": "on"}
    lists |= {"takes_nights": "on"}
    evening.send(coordinator, "/coordinator/people/add", **about, **lists)
    models.Volunteer.objects.filter(pk=evening.row.pk).update(trained_on=SOBER_ON)
    person = f"/coordinator/people/{evening.row.id}"
    invited = evening.send(coordinator, f"{person}/invite", role="volunteer").content.decode()
    code = re.search(r"/i/([0-9A-Z-]+)", invited)
    assert code
    evening.codes.append(code[1])
    evening.send(volunteer, f"/i/{code[1]}")
    subscribe(evening)
    press(volunteer, "/volunteer/duty/test", until_minutes=180)
    press(volunteer, "/volunteer/duty/ringing")
    press(volunteer, "/volunteer/duty/on", sound=1, microphone=1, awake=1, push=1)


def subscribe(evening: Evening) -> None:
    """Allow web push in the volunteer's browser."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": unpadded(raw), "auth": unpadded(b"sixteen bytes it")}
    answer = evening.volunteer.post(
        "/volunteer/push",
        json.dumps({"endpoint": ENDPOINT, "keys": keys}),
        content_type="application/json",
        headers={"Accept": "application/json"},
    )
    evening.came_back.append(("/volunteer/push", answer))
    assert models.PushSubscription.objects.exists(), answer.content


def unpadded(raw: bytes) -> str:
    """Write bytes as a browser does."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def somebody_calls(evening: Evening) -> None:
    """Ask, say a name, and wait while it rings."""
    slug = evening.line.slug
    evening.look(evening.caller, f"/line/{slug}/")
    evening.press(evening.caller, "/call/ask", wish="anyone", line=slug, script=1)
    for question, value in (("for_whom", "self"), ("name", CALLER), ("language", "en")):
        evening.press(evening.caller, "/call/answer", question=question, value=value)


def they_talk(evening: Evening) -> None:
    """Answer, exchange a signal each, and hear one another."""
    caller, volunteer = evening.caller, evening.volunteer
    offer = models.Offer.objects.get(ended_at=None)
    evening.press(volunteer, f"/volunteer/offers/{offer.id}/ringing")
    shown = evening.press(volunteer, f"/volunteer/offers/{offer.id}/ready")
    conversation = shown["call"]["conversation"]
    line = "candidate:1 1 udp 2113937151 86.40.1.2 51000 typ host"
    item = {"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": None}
    body = json.dumps({"to": None, "items": [{"round": 1, "candidate": item}]})
    sent = {"session": "a-session-of-the-page", "body": body}
    evening.press(caller, "/call/signal", to="responder", **sent)
    evening.press(volunteer, "/volunteer/call/signal", to="caller", **sent)
    for step in ("page", "microphone", "connected", "hearing"):
        said = {"step": step, "conversation": conversation}
        evening.press(caller, "/call/report", **said)
        evening.press(volunteer, "/volunteer/call/report", **said)
    assert evening.call.state == "talking"


def they_end(evening: Evening) -> None:
    """End the talk, say that the caller is safe, and how it was."""
    evening.press(evening.caller, "/call/end")
    evening.press(evening.volunteer, "/volunteer/call/close", answer="all_right")
    evening.press(evening.volunteer, "/volunteer/call/debrief", answer="all_right")


def a_call_back_is_promised(evening: Evening) -> None:
    """Call once more and take a time instead."""
    somebody_calls(evening)
    slots = evening.press(evening.caller, "/call/back")["call_back"]["slots"]
    shown = evening.press(evening.caller, "/call/call-back", slot=slots[0]["minutes"])
    evening.codes.append(shown["call_back"]["promised"]["code"])


def a_number_is_left(evening: Evening) -> None:
    """Ask from another phone, and take a time at which that phone is rung."""
    caller = Client(REMOTE_ADDR=NETWORK)
    evening.press(caller, "/call/ask", wish="anyone", line=evening.line.slug, script=1)
    slots = evening.press(caller, "/call/back")["call_back"]["slots"]
    kept = {"slot": slots[-1]["minutes"], "number": NUMBER}
    shown = evening.press(caller, "/call/call-back", **kept)
    assert shown["screen"] == "promised"
    assert shown["call_back"]["promised"]["by_phone"]


def a_whole_evening() -> Evening:
    """Give an evening with all of it, and every page looked at."""
    evening = an_evening()
    somebody_serves(evening)
    somebody_calls(evening)
    they_talk(evening)
    evening.look(evening.coordinator, "/coordinator/")
    they_end(evening)
    a_call_back_is_promised(evening)
    a_number_is_left(evening)
    for address in (
        "/coordinator/",
        "/coordinator/people",
        f"/coordinator/people/{evening.row.id}",
    ):
        evening.look(evening.coordinator, address)
    evening.look(evening.volunteer, "/volunteer/")
    evening.look(evening.caller, f"/line/{evening.line.slug}/")
    return evening
