"""Being told to end, by Ctrl-C, by the system or by a terminal that is closed."""

import os
import signal
import threading
import time
from datetime import timedelta
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
THREADS_END_WITHIN = timedelta(seconds=5)
LOOK_AGAIN_AFTER = timedelta(milliseconds=300)


def end_at_once() -> None:
    """While nothing runs yet, take being told to end as Ctrl-C: whatever goes on is given up."""
    for number in SIGNALS:
        signal.signal(number, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def end_for_good(code: int) -> None:
    """End this process soon, even if a thread of it waits for something that never comes."""
    last = threading.Timer(THREADS_END_WITHIN.total_seconds(), os._exit, [code])
    last.daemon = True
    last.start()


class Ending:
    """A note that we were told to end, for what must stop in order.

    From when it is made, a signal interrupts nothing any more: an exception out of nowhere could
    be lost in somebody else's code, and with it the wish to end.
    """

    def __init__(self) -> None:
        self.told = False
        for number in SIGNALS:
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.told = True

    def wait(self) -> None:
        """Wait until told to end."""
        while not self.told:
            time.sleep(LOOK_AGAIN_AFTER.total_seconds())
