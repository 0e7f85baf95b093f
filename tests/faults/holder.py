"""A process that locks the row of a call, and would be in the middle of it for ever."""

import signal
import sys

import django


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    django.setup()
    from django.db import transaction

    from stepline import models

    models.Line.objects.count()
    say("ready")
    call_id = sys.stdin.readline().strip()
    with transaction.atomic():
        models.Call.objects.select_for_update().get(pk=call_id)
        say("holds")
        signal.pause()
