"""What each side's page shows, whole, as it is now: pages render snapshots and never patch.

A snapshot holds nothing of the other side but a first name and how the voices join.
"""

import math
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.templatetags.static import static

from stepline import models
from stepline.actions import (
    accounts,
    asking,
    callbacks,
    duty,
    matching,
    numbers,
    offers,
    relaxing,
    shown,
    signals,
    waits,
)
from stepline.core.calls import Help, OfferState, Seat, State, Trait
from stepline.core.matching import wishes as held_wishes
from stepline.models.people import Role
from stepline.voice import browser
from stepline.web import dangers, safety, wishes

Json = dict[str, Any]

CALLER_SCREENS = {
    State.RINGING: "waiting",
    State.AWAY: "waiting",
    State.CHOOSING: "choosing",
    State.KEPT: "kept",
    State.CONNECTING: "connecting",
    State.TALKING: "talking",
    State.CUT_OFF: "cut_off",
    State.DIALLING_HELP: "dialling_help",
    State.CLOSING: "thanks",
    State.PROMISED: "promised",
    State.CLOSED: "thanks",
}
IN_CONVERSATION = {State.CONNECTING, State.TALKING}
TOLD_OF = {"taken": "taken", "stopped": "stopped", "failed": "no_voice"}


def seconds_left(until_at: datetime | None, now: datetime) -> int | None:
    """Give the whole seconds until an instant, never below none: pages count down from these."""
    return None if until_at is None else max(0, math.ceil((until_at - now).total_seconds()))


def seconds_since(since_at: datetime | None, now: datetime) -> int | None:
    """Give the whole seconds since an instant."""
    return None if since_at is None else max(0, int((now - since_at).total_seconds()))


def ice(call: models.Call, now: datetime) -> Json | None:
    """Give how pages are to be joined, with a relay's time-limited password when there is one."""
    if State(call.state) not in IN_CONVERSATION:
        return None
    servers = browser.ice_servers(settings.STEPLINE_TURN_URLS, settings.STEPLINE_TURN_SECRET, now)
    return {"servers": servers, "relay_only": signals.mode().mode is browser.Mode.RELAY}


def seats(
    call: models.Call, live: list[models.Offer], me: Seat, *, by_phone: bool = False
) -> list[Json]:
    """Give the others in the conversation; a first name is all that is told of anybody."""
    if State(call.state) not in IN_CONVERSATION:
        return []
    held = (offer for offer in live if offer.state == OfferState.ACCEPTED)
    others = [volunteer_seat(call, offer) for offer in held if offer.seat != me]
    if me is not Seat.CALLER:
        others.append(caller_seat(call, by_phone=by_phone))
    return others


def volunteer_seat(call: models.Call, offer: models.Offer) -> Json:
    """Give a volunteer's seat as others see it; a pretend one speaks from a file."""
    helper_joined = call.help == Help.JOINED
    responder_joined = call.state == State.TALKING
    pretend = offer.volunteer.pretend
    voice = pretend.get("voice", "demo/voice-1.wav") if pretend else None
    return {
        "seat": offer.seat,
        "name": offer.volunteer.name,
        "kind": "recording" if pretend else "page",
        "url": static(voice) if voice else None,
        "joined": helper_joined if offer.seat == Seat.HELPER else responder_joined,
    }


def caller_seat(call: models.Call, *, by_phone: bool) -> Json:
    """Give the caller's seat as volunteers see it."""
    return {
        "seat": Seat.CALLER,
        "name": call.name or None,
        "kind": "recording" if by_phone else "page",
        "url": static("demo/voice-1.wav") if by_phone else None,
        "joined": call.state == State.TALKING,
    }


def caller_snapshot(call: models.Call | None, line: models.Line, now: datetime) -> Json:
    """Give all that the caller's page shows; without a call, the first screen."""
    number = safety.card(line.country, now.date()).first
    content: Json = {
        "role": "caller",
        "read_at": now.timestamp(),
        "call": None,
        "screen": "first" if browser_calls_work() else "calls_off",
        "me": Seat.CALLER,
        "call_back": {"slots": [], "takes_number": False, "promised": None},
        "emergency": {"number": number.shown if number else "", "country": line.country},
        "demo": line.is_demo,
        "exit_url": line.exit_url,
    }
    return content | (NO_CALL if call is None else of_call(call, now))


NO_CALL: Json = {
    "reason": None,
    "waited_seconds": 0,
    "seconds_left": None,
    "ringing": 0,
    "wish": "anyone",
    "answers": dict.fromkeys(("for_whom", "name", "language", "fellowship", "place", "group")),
    "relax": None,
    "question": None,
    "pick": None,
    "can_anyone": False,
    "conversation": None,
    "seats": [],
    "ice": None,
    "elapsed_seconds": None,
    "help": None,
    "usual_wait_seconds": None,
    "asked": False,
    "place_known": False,
}


def browser_calls_work() -> bool:
    """Say whether pages may be joined from where this line is served."""
    return signals.mode().mode is not browser.Mode.OFF


def of_call(call: models.Call, now: datetime) -> Json:
    """Give the part of the caller's snapshot that depends on their call."""
    state = State(call.state)
    joining = call.help in {Help.JOINING, Help.JOINED}
    live = shown.live_offers(call.pk)
    known = dangers.of_call(call)
    return {
        "call": str(call.pk),
        "screen": CALLER_SCREENS[state],
        "reason": call.reason or None,
        "waited_seconds": seconds_since(call.asked_at, now),
        "seconds_left": caller_seconds_left(call, now),
        "ringing": phones_ringing(live),
        "wish": call.wish,
        "answers": {
            "for_whom": call.for_whom or None,
            "name": call.name or None,
            "language": call.language,
            "fellowship": call.wish_fellowship or None,
            "place": call.wish_place or None,
            "group": call.wish_group or None,
        },
        "relax": relax(call, now),
        "question": asking.next_question(call),
        "pick": wishes.pick(call.line, asking.next_question(call)),
        "can_anyone": bool(held_wishes(matching.wanted(call)) - {Trait.LANGUAGE}),
        "conversation": text(call.conversation),
        "seats": seats(call, live, Seat.CALLER),
        "ice": ice(call, now),
        "elapsed_seconds": seconds_since(call.connected_at, now),
        "help": str(call.help) if joining else None,
        "usual_wait_seconds": waits.usual_wait_seconds(call.line, now),
        "call_back": call_back(call, now),
        "asked": dangers.is_asked(call),
        "place_known": bool(known and known["place_known"]),
    }


def relax(call: models.Call, now: datetime) -> Json | None:
    """Give the wish that the caller is asked about, where dropping it lets somebody be rung."""
    what = relaxing.next_to_ask(call, now)
    return None if what is None else {"what": what, "words": wishes.asked_to_drop(call, what)}


def text(ident: UUID | None) -> str | None:
    """Give an id as text."""
    return None if ident is None else str(ident)


def caller_seconds_left(call: models.Call, now: datetime) -> int | None:
    """Give the seconds that the caller's screen counts: to the limit, or that a place is kept."""
    if call.state == State.RINGING:
        return seconds_left(call.limit_at, now)
    if call.state == State.KEPT or call.missing == Seat.CALLER:
        return seconds_left(call.until_at, now)
    return None


def phones_ringing(live: list[models.Offer]) -> int:
    """Count the phones that said themselves that they ring for a call, of its live offers."""
    asked = (offer for offer in live if offer.seat == Seat.RESPONDER)
    return sum(offer.state == OfferState.RINGING for offer in asked)


def call_back(call: models.Call, now: datetime) -> Json:
    """Give the times that somebody owns while the caller may choose one, and what is promised."""
    may_choose = State(call.state) in {State.RINGING, State.CHOOSING, State.KEPT}
    slots = callbacks.slots(call, now) if may_choose else []
    return {
        "slots": [
            {"minutes": slot.minutes, "label": callbacks.label(slot.due_at, call.line)}
            for slot in slots
        ],
        "takes_number": numbers.line_dials(call.line),
        "promised": promised(call, now) if call.state == State.PROMISED else None,
    }


def promised(call: models.Call, now: datetime) -> Json | None:
    """Give the code and the time of a promised call back."""
    row = models.CallBack.objects.filter(call=call, ended_at=None).first()
    if row is None:
        return None
    return {
        "code": row.code,
        "by_phone": row.number_sealed is not None,
        "label": callbacks.label(row.due_at, call.line),
        "seconds_until": seconds_left(row.due_at, now),
    }


def snapshot_on_device(device_id: UUID, key: str, now: datetime) -> Json | None:
    """Give all that a volunteer's page shows on a device; None once it isn't signed in any more."""
    standing = shown.standings_of_device.first(device_id, accounts.key_index(key), now)
    if standing is not None:
        return volunteer_snapshot(standing.volunteer, now, standing)
    device = accounts.device_for(key, Role.VOLUNTEER, now)
    known = device is not None and device.pk == device_id
    return volunteer_snapshot(device.volunteer, now) if device and known else None


def volunteer_snapshot(
    volunteer: models.Volunteer, now: datetime, standing: models.Duty | None = None
) -> Json:
    """Give all that a volunteer's page shows, on whatever device."""
    standing = standing or shown.stands(volunteer, now)
    offer = offers.current(volunteer)
    owed: UUID | None = None if offer else getattr(standing, "owed", None)
    asked = standing.still_there_asked_at is not None
    return {
        "role": "volunteer",
        "read_at": now.timestamp(),
        "name": volunteer.name,
        "screen": volunteer_screen(offer, standing, owed, now),
        "until_seconds": seconds_left(standing.until_at, now),
        "reachable": volunteer.pretend is not None or getattr(standing, "reachable", False),
        "silent_rings": standing.silent_rings,
        "still_there": asked and duty.is_on(standing, now),
        "taken_off": asked and not duty.is_on(standing, now),
        "resting_seconds": seconds_left(standing.resting_until_at, now) or None,
        "test": test_ring(standing, now),
        "offer": rung_for(offer, now),
        "told": told(volunteer, now) if offer is None else None,
        "call": in_call(offer, now),
        "debrief": {"call": str(owed)} if owed else None,
        "call_backs": owned_call_backs(volunteer, now) if getattr(standing, "owns", 0) else [],
        "line": {"name": volunteer.line.name},
        "demo": volunteer.line.is_demo,
    }


def volunteer_screen(
    offer: models.Offer | None, standing: models.Duty, owed: UUID | None, now: datetime
) -> str:
    """Name the screen: a call before all else, then a ring, the test, the debrief, duty."""
    if offer is not None:
        return offer_screen(offer)
    if test_ring(standing, now) is not None:
        return "test_ring"
    if duty.is_on(standing, now):
        return "on_duty"
    return "debrief" if owed is not None else "off_duty"


def offer_screen(offer: models.Offer) -> str:
    """Name the screen of a volunteer who is rung or sits in a conversation."""
    if offer.state == OfferState.STANDBY:
        return "standby"
    if offer.state != OfferState.ACCEPTED:
        return "offer"
    if offer.seat == Seat.HELPER and offer.call.help == Help.JOINING:
        return "connecting"
    screens = {
        State.CONNECTING: "connecting",
        State.TALKING: "talking",
        State.CUT_OFF: "cut_off",
        State.DIALLING_HELP: "dialling_help",
    }
    return screens.get(State(offer.call.state), "closing")


def test_ring(standing: models.Duty, now: datetime) -> Json | None:
    """Give the test ring that is on, if one is."""
    if standing.test_rung_at is None:
        return None
    left = seconds_left(standing.test_rung_at + duty.TEST_LASTS, now)
    return {"seconds_left": left} if left else None


def rung_for(offer: models.Offer | None, now: datetime) -> Json | None:
    """Give what is known of who rings, and nothing that identifies."""
    if offer is None or offer.state == OfferState.ACCEPTED:
        return None
    call = offer.call
    return {
        "id": str(offer.pk),
        "seat": offer.seat,
        "seconds_left": seconds_left(offer.ends_at, now),
        "for_whom": call.for_whom or None,
        "language": call.language,
        "wish": call.wish,
        "wishes": ", ".join(wishes.named(call)),
        "danger": call.danger,
        "rung_before": getattr(offer, "rung_before", False),
        "standby": offer.standby,
    }


def told(volunteer: models.Volunteer, now: datetime) -> Json | None:
    """Say kindly how the last ring ended, for a minute."""
    last = shown.ended_lately.first(volunteer.pk, now)
    what = TOLD_OF.get(last.outcome) if last else None
    if last is None or what is None:
        return None
    return {"what": what, "at_seconds_ago": seconds_since(last.ended_at, now)}


def in_call(offer: models.Offer | None, now: datetime) -> Json | None:
    """Give the conversation that a volunteer sits in."""
    if offer is None or offer.state != OfferState.ACCEPTED:
        return None
    call, seat = offer.call, Seat(offer.seat)
    live = shown.live_offers(call.pk)
    return {
        "id": str(call.pk),
        "me": seat,
        "device": text(offer.device),
        "conversation": text(call.conversation),
        "caller_name": call.name or None,
        "for_whom": call.for_whom or None,
        "language": call.language,
        "elapsed_seconds": seconds_since(call.connected_at, now),
        "seats": seats(call, live, seat, by_phone=getattr(offer, "by_phone", False)),
        "ice": ice(call, now),
        "help": {"state": call.help, "name": helper_name(live)},
        "danger": call.danger,
        "dangers": dangers.of_call(call),
        "asked": dangers.is_asked(call),
        "left_by": call.left_by or None,
        "seconds_left": seconds_left(call.until_at, now),
        "place_kept": call.state == State.CUT_OFF,
        "safety_asked": call.state == State.CLOSING,
    }


def helper_name(live: list[models.Offer]) -> str | None:
    """Name who is being rung for the second seat or sits in it: the truth of this moment."""
    rung = [offer for offer in live if offer.seat == Seat.HELPER]
    return rung[-1].volunteer.name if rung else None


def owned_call_backs(volunteer: models.Volunteer, now: datetime) -> list[Json]:
    """Give the call backs that a volunteer has promised to keep."""
    return [
        {
            "id": str(row.pk),
            "label": callbacks.label(row.due_at, volunteer.line),
            "confirmed": row.confirmed_at is not None,
            "seconds_until": seconds_left(row.due_at, now),
        }
        for row in shown.due_soon(volunteer.pk, now)
    ]
