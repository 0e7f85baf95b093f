"""Pages of a process that a newer version has overtaken: they say so kindly and touch no table."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from stepline.actions.versions import gate
from stepline.web.security import ALWAYS_ANSWERED, error_page

AGAIN_AFTER_SECONDS = "2"


class NewerTables:
    """Answers 503 once the tables are those of a newer version; pages that are open try again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass a request on, unless this process must leave the tables alone."""
        if gate.is_open or request.path in ALWAYS_ANSWERED:
            return self.get_response(request)
        response = error_page(request, 503)
        response["Retry-After"] = AGAIN_AFTER_SECONDS
        return response
