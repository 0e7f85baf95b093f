"""The web application, as a server loads it."""

import os

import django

from stepline.web.application import Application
from stepline.web.crowding import Bounded
from stepline.web.security import SmallBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stepline.settings")
django.setup(set_prefix=False)
application = SmallBodies(Bounded(Application()))
