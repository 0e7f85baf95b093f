"""The product's own settings, with the floor's addresses."""

from stepline.settings import *  # noqa: F403  # every setting is the product's

ROOT_URLCONF = "floor.urls"
