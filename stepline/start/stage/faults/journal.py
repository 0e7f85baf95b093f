"""What the pages of the crowd saw: the checker's witness beside the rows."""

from collections import Counter

from stepline.start.stage.crowd import CallerPage, VolunteerPage
from stepline.start.stage.crowd.browser import Json
from stepline.start.stage.faults.records import Joined, Rang


class Journal:
    """Takes notes from each page's snapshots, in ids alone."""

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self.promised: set[str] = set()
        self.rang: list[Rang] = []
        self.joined: set[Joined] = set()
        self.did: Counter[str] = Counter()

    def note(self, what: str) -> None:
        """Count something that somebody did, or that was refused to them."""
        self.did[what] += 1

    def watch_caller(self, page: CallerPage) -> None:
        """Note each call that a caller's page is told of, and each promise."""

        def saw(snapshot: Json, _heard_at: float) -> None:
            if snapshot["call"]:
                self.asked.add(snapshot["call"])
            if snapshot["screen"] == "promised":
                self.promised.add(snapshot["call"])

        page.on_snapshot = saw

    def watch_volunteer(self, page: VolunteerPage, volunteer: str, name: str) -> None:
        """Note each ring of a volunteer's page, and each conversation they respond in."""

        def saw(snapshot: Json, _heard_at: float) -> None:
            call = snapshot["call"]
            if call and call["me"] == "responder" and call["conversation"]:
                self.joined.add(Joined(call["conversation"], call["id"], volunteer))

        def rang(wanted: str, _at: float) -> None:
            if wanted != "test":
                self.rang.append(Rang(name, wanted))

        page.on_snapshot, page.when_ringing = saw, rang
