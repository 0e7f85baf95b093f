"""Our own files (styles, scripts, sounds), as the pages ask for them."""

from collections.abc import Callable

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase


class WholeFiles:
    """Answers with a file, or the part asked for, in one piece.

    All of ours are small. Piece by piece, an asynchronous server would warn of each file, and a
    reader who goes away would leave it open.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass every other answer on as it is."""
        response = self.get_response(request)
        return in_one_piece(response) if isinstance(response, FileResponse) else response


def in_one_piece(response: FileResponse) -> HttpResponse:
    """Read a file's answer whole and close the file."""
    body = b"".join(response)
    whole = HttpResponse(body, status=response.status_code, headers=dict(response.headers))
    response.close()
    return whole
