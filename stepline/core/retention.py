"""What is kept how long (domain section 6.2); a service body may shorten it, never lengthen.

What identifies a caller is not in this list: it goes when their call closes.
"""

from datetime import timedelta

# A call without identity: when, how long, how it ended. Thirteen months, then counts only.
CALLS = timedelta(days=396)
# Sent effects and what became of them: long enough to look into a bad night.
EFFECTS = timedelta(days=14)
# Why somebody was or was not rung says things of volunteers that soon concern nobody.
LOOKS = timedelta(days=14)
# When somebody was on duty: as long as the calls of that time.
DUTY_SPANS = CALLS
NOTICES = timedelta(days=396)
# Used and expired invitations, and devices whose time is over.
SIGN_INS = timedelta(days=30)
