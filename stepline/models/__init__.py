"""REMEMBER: rows, constraints and querysets; no decisions, no calls out."""

from stepline.models import instants
from stepline.models.callbacks import CallBack
from stepline.models.danger import Danger
from stepline.models.dispatch import Call, EarlyEvent, Effect, LogLine, Look, Offer
from stepline.models.duty import Duty, DutySpan, Presence, Process, StandbyHours
from stepline.models.lines import Line
from stepline.models.live import Signal
from stepline.models.meetings import Feed, Meeting
from stepline.models.notices import Notice
from stepline.models.people import Device, Invitation, PushSubscription, Volunteer

instants.register()

__all__ = [
    "Call",
    "CallBack",
    "Danger",
    "Device",
    "Duty",
    "DutySpan",
    "EarlyEvent",
    "Effect",
    "Feed",
    "Invitation",
    "Line",
    "LogLine",
    "Look",
    "Meeting",
    "Notice",
    "Offer",
    "Presence",
    "Process",
    "PushSubscription",
    "Signal",
    "StandbyHours",
    "Volunteer",
]
