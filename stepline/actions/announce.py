"""Say, with the commit, which subjects changed; never what changed.

PostgreSQL delivers a NOTIFY when its transaction commits, and not at all when it rolls back.
Topics: `call:<id>`, `volunteer:<id>`, `line:<id>`, `signal:<call id>:<seat>`, `worker`.
"""

from django.db import connection

CHANNEL = "stepline"
LARGEST_PAYLOAD = 7_900  # PostgreSQL refuses 8,000 bytes and more


def changed(*topics: str) -> None:
    """Announce topics with the commit of this transaction; call it once, with all of them."""
    for payload in payloads(sorted(set(topics))):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


def payloads(topics: list[str]) -> list[str]:
    """Join topics by commas into as few payloads as the size allows."""
    lines: list[str] = []
    for topic in topics:
        if lines and len(lines[-1]) + len(topic) + 1 <= LARGEST_PAYLOAD:
            lines[-1] += f",{topic}"
        else:
            lines.append(topic)
    return lines
