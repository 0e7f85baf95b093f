"""An address whose view fails with somebody's name in the error."""

from typing import NoReturn

from django.http import HttpRequest
from django.urls import path


def fails(_request: HttpRequest) -> NoReturn:
    raise ValueError("Bartholomew can't be saved")


urlpatterns = [path("fails", fails)]
handler500 = "stepline.web.security.server_error"
