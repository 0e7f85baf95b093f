"""Who is told to end ends, whatever a thread of theirs waits for."""

from tests.start.processes import start

STUCK = """
import threading
from stepline.start.ending import end_for_good
threading.Thread(target=threading.Event().wait).start()
end_for_good(3)
"""


def test_a_thread_that_waits_for_ever_keeps_no_process_alive() -> None:
    process = start("-c", STUCK)
    process.communicate(timeout=30)
    assert process.returncode == 3
