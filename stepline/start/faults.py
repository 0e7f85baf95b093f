"""What the command line says, in one sentence, when it can't go on."""


class CannotStart(Exception):
    """Something outside Stepline stands in the way; the message says what, and what to do."""


class DatabaseAway(CannotStart):
    """The database can't be reached now; it may come yet."""
