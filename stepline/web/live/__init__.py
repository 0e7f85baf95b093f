"""SHOW, as it happens: the open streams of every page."""

from stepline.web.live.listening import hub
from stepline.web.live.pages import urlpatterns
from stepline.web.live.streams import Inbox, Snapshot, Source, Stream, stream

__all__ = ["Inbox", "Snapshot", "Source", "Stream", "hub", "stream", "urlpatterns"]
