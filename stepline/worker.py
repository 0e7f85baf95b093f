"""The clock: due deadlines, unsent effects, pretend phones, shifts that end.

Rows are the only timers. NOTIFY wakes this loop early; looking at least every second is what
it relies on. Any number of workers share the work through SKIP LOCKED.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from django.db import DatabaseError, OperationalError, connection, connections

from stepline import models
from stepline.actions import (
    agenda,
    clock,
    effects,
    health,
    meetings,
    pretending,
    push,
    retention,
    still_there,
    versions,
)
from stepline.actions.agenda import Agenda
from stepline.actions.announce import CHANNEL
from stepline.voice.provider import PermanentFailure

log = logging.getLogger(__name__)

LONGEST_SLEEP = timedelta(seconds=1)
PRETEND_SLEEP = timedelta(milliseconds=200)
LEASE_EVERY = timedelta(seconds=2)
TIDY_EVERY = timedelta(seconds=5)
DELETE_EVERY = timedelta(hours=1)
SENDERS = 4
MOST_ROUNDS = 1000
NOTHING = Agenda(call_at=None, effect_at=None, phones_pretend=False)


def run(stop: threading.Event) -> None:
    """Work until told to stop; a database that goes away is waited for, not died of."""
    with (
        ThreadPoolExecutor(SENDERS, thread_name_prefix="send") as senders,
        ThreadPoolExecutor(1, thread_name_prefix="fetch") as fetcher,
    ):
        worker = Worker(senders, fetcher)
        try:
            while not stop.is_set():
                try:
                    worker.go(stop)
                except (OperationalError, psycopg.OperationalError):
                    log.warning("The database is away; trying again.")
                    connections.close_all()
                    stop.wait(0.5)
                except DatabaseError:
                    # A newer version may be changing the tables at this very moment.
                    if versions.gate.look():
                        raise
                except versions.Outdated:
                    pass  # said in the log by the gate; go() waits
        finally:
            connections.close_all()


class Worker:
    """One clock: its lease, when it last looked, and the effects it is sending."""

    def __init__(self, senders: ThreadPoolExecutor, fetcher: ThreadPoolExecutor) -> None:
        self.senders = senders
        self.fetcher = fetcher
        self.fetching: Future[None] | None = None
        self.sending: set[Future[None]] = set()
        self.looked_at: datetime | None = None
        self.stood_still_from: datetime | None = None
        self.leased_at: datetime | None = None
        self.tidied_at: datetime | None = None
        self.deleted_at: datetime | None = None
        self.trusts_clock = True
        self.process = models.Process(kind="worker")

    def go(self, stop: threading.Event) -> None:
        """Look, work and sleep until told to stop; raises when the database goes away."""
        with listening(self.process.pk) as ear:
            while not stop.is_set():
                now = datetime.now(UTC)
                self.beat(now)
                self.renew(now)
                if not versions.gate.is_open:
                    stop.wait(LONGEST_SLEEP.total_seconds())
                    continue
                waits = NOTHING
                if self.trusts_clock:
                    self.resume_after_gap(now)
                    waits = agenda.read()
                    if self.work(now, waits):
                        continue
                sleep_until_woken(ear, self.sleep(datetime.now(UTC), waits))

    def beat(self, now: datetime) -> None:
        """Note that this clock goes; at a start, or when the last beat is long ago, it stood."""
        if self.looked_at is None or abs(now - self.looked_at) > clock.GAP:
            self.stood_still_from = self.looked_at or now
        self.looked_at = now

    def renew(self, now: datetime) -> None:
        """Renew the lease and compare versions and clocks; half a second apart claims nothing."""
        if self.leased_at is not None and now - self.leased_at < LEASE_EVERY:
            return
        self.leased_at = now
        if not versions.gate.look():
            return  # the lease ends: others see that nobody works here
        if self.stood_still_from is not None or self.process.started_at is None:
            self.process.started_at = now  # nobody may take this clock for one that went on
        self.process.seen_at = now
        models.Process.objects.bulk_create(
            [self.process],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["started_at", "seen_at"],
        )
        apart = health.skew()
        self.trusts_clock = apart <= health.LARGEST_SKEW
        if not self.trusts_clock:
            log.error("This clock and the database's are %.1f s apart.", apart.total_seconds())

    def resume_after_gap(self, now: datetime) -> None:
        """After a start or a gap, what waits for a sign of life begins again.

        Not while another clock went on: a worker that starts again and again would hold
        every call where it stands.
        """
        if self.stood_still_from is None:
            return
        if not clock.another_went_on(self.process.pk, self.stood_still_from, now):
            clock.resume_all(now, self.instant)
        self.stood_still_from = None

    def work(self, now: datetime, waits: Agenda) -> int:
        """Do all that is due now; give how much that was."""
        looks = waits.call_is_due(now) or waits.phones_pretend
        done = work_once(now, self.moment) if looks else 0
        if waits.effect_is_due(now):
            done += self.send_due()
        self.keep_house(now)
        return done

    def send_due(self) -> int:
        """Give due effects to those who are free to send; give how many."""
        self.sending = {future for future in self.sending if not future.done()}
        begun = 0
        while len(self.sending) < SENDERS:
            effect = effects.claim(datetime.now(UTC))
            if effect is None:
                break
            self.sending.add(self.senders.submit(send_and_close, effect))
            begun += 1
        return begun

    def keep_house(self, now: datetime) -> None:
        """Do what need not be done at every look."""
        if self.tidied_at is None or now - self.tidied_at > TIDY_EVERY:
            self.tidied_at = now
            tidy(now)
            if self.fetching is None or self.fetching.done():
                self.fetching = self.fetcher.submit(fetch_feeds)
        if self.deleted_at is None or now - self.deleted_at > DELETE_EVERY:
            self.deleted_at = now
            retention.delete_old(now)

    def instant(self) -> datetime:
        """Read the clock and beat: much work is no standing still, and takes its own time."""
        now = datetime.now(UTC)
        self.beat(now)
        return now

    def moment(self) -> datetime | None:
        """Give the time of the next piece of work; None when the clock stood still meanwhile."""
        now = self.instant()
        return now if self.stood_still_from is None else None

    def sleep(self, now: datetime, waits: Agenda) -> timedelta:
        """Say how long to sleep: until a deadline or an unsent effect is due, a second at most."""
        busy = len(self.sending) >= SENDERS  # a due effect has to wait for one of them
        longest = PRETEND_SLEEP if busy or waits.phones_pretend else LONGEST_SLEEP
        instants = (waits.call_at, None if busy else waits.effect_at)
        due_at = min((instant for instant in instants if instant), default=None)
        if due_at is None:
            return longest
        return min(longest, max(due_at - now, timedelta(milliseconds=10)))


def work_once(now: datetime, moment: Callable[[], datetime | None] | None = None) -> int:
    """Tick every due call and let pretend phones act; give how much was done.

    Each call is handled at its own time, read from `moment` where it is given: a ring that is
    placed after much other work must not begin in the past.
    """
    done = 0
    for call_id in clock.due(now):
        at = moment() if moment else now
        if at is None:
            return done
        done += clock.tick(call_id, at)
    return done + pretending.act(now)


def tidy(now: datetime) -> None:
    """Do what need not be done at every look."""
    clock.forget_old(now)
    clock.end_shifts(now)
    still_there.end_unanswered(now)
    meetings.move_on(now)
    gone = models.Process.objects.filter(seen_at__lt=now - timedelta(minutes=10))
    gone.delete()


def fetch_feeds() -> None:
    """Fetch the feeds of meetings that are due, beside the clock: nobody waits for them."""
    try:
        meetings.fetch_due(datetime.now(UTC))
    except Exception as error:  # noqa: BLE001  # a bad feed is no reason to stop anything
        log.warning("A feed of meetings could not be taken: %s", type(error).__name__)
    finally:
        connection.close()


def run_until_idle(now: datetime) -> int:
    """Do all that is due at `now`, effects included, until nothing is left; for tests.

    Gives how much was done; raises RuntimeError when there is no end to it.
    """
    total = 0
    for _ in range(MOST_ROUNDS):
        done = work_once(now)
        effect = effects.claim(now)
        if effect is not None:
            send(effect, now)
            done += 1
        total += done
        if not done:
            return total
    raise RuntimeError("the work of one instant never ends")


def send_and_close(effect: models.Effect) -> None:
    """Send in a thread of its own and give the connection back."""
    try:
        send(effect, datetime.now(UTC))
    finally:
        connection.close()


def send(effect: models.Effect, now: datetime) -> None:
    """Send one claimed effect and note how it went."""
    try:
        deliver(effect, now)
    except PermanentFailure:
        effects.failed(effect, now, for_good=True)
    except Exception as error:  # noqa: BLE001  # one effect's failure is its own
        log.warning("An effect (%s) failed: %s", effect.kind, type(error).__name__)
        effects.failed(effect, now, for_good=False)
    else:
        effects.done(effect, now)


def deliver(effect: models.Effect, now: datetime) -> None:
    """Do what an effect says."""
    kinds = models.Effect.Kind
    if effect.kind == kinds.PUSH and effect.offer is not None:
        push.ring(effect.offer.pk, now)
    elif effect.kind == kinds.TELL:
        push.tell(effect.call.line_id, effect.leg, now)
    elif effect.kind == kinds.RING and effect.offer is not None:
        pretending.place(effect.offer, now)
    # A pretend telephone's other legs need no request: it lives in the rows (see pretending).


@contextmanager
def listening(process_id: UUID) -> Iterator[psycopg.Connection]:
    """Hold one connection of our own that hears NOTIFY and shows that this process is alive."""
    connection.ensure_connection()
    settings = connection.get_connection_params()
    known = {"dbname", "user", "password", "host", "port", "connect_timeout"}
    wanted = {name: value for name, value in settings.items() if name in known and value}
    with psycopg.connect(**wanted, autocommit=True) as ear:
        ear.execute(f"LISTEN {CHANNEL}")
        # The database itself drops it with the process: who holds it is alive (see clock).
        ear.execute(clock.HOLD, [clock.ALIVE, clock.lock_of(process_id)])
        yield ear


def sleep_until_woken(ear: psycopg.Connection, longest: timedelta) -> None:
    """Sleep until the time is over or somebody announces what concerns the clock."""
    ends = time.monotonic() + longest.total_seconds()
    while (left := ends - time.monotonic()) > 0:
        for heard in ear.notifies(timeout=left, stop_after=1):
            if "worker" in heard.payload.split(","):
                return
