"""Every answer carries an id that the log knows too."""

import logging
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

logger = logging.getLogger(__name__)
HEADER = "X-Request-Id"
FAULT = 500


class RequestIdMiddleware:
    """Name the request; a fault inside the API answers in the API's own shape."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = secrets.token_hex(8)
        response = self.get_response(request)
        if response.status_code == FAULT:
            logger.error("request %s %s %s failed", request_id, request.method, request.path)
            if request.path.startswith("/api/"):
                message = f"The server failed. Quote request {request_id} to its administrator."
                body = {"code": "fault", "message": message, "details": {}}
                response = JsonResponse(body, status=FAULT)
        response[HEADER] = request_id
        return response
