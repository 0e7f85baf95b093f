"""Pages by the hundred in one process: they open, post and follow their streams as real ones do."""

from stepline.start.stage.crowd.browser import Browser, Post, Send, Way
from stepline.start.stage.crowd.pages import CallerPage, Page, VolunteerPage
from stepline.start.stage.crowd.wire import UNREACHED, Answer, Wire
from stepline.start.stage.visitors import TooLate

__all__ = [
    "UNREACHED",
    "Answer",
    "Browser",
    "CallerPage",
    "Page",
    "Post",
    "Send",
    "TooLate",
    "VolunteerPage",
    "Way",
    "Wire",
]
