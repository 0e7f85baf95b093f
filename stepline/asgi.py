"""The web application, as a server loads it."""

import os

from django.core.asgi import get_asgi_application

from stepline.web.crowding import Bounded
from stepline.web.security import SmallBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stepline.settings")
application = SmallBodies(Bounded(get_asgi_application()))
