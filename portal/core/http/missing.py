"""What an unknown API path answers: the API's own shape, not a page."""

from django.http import HttpRequest, JsonResponse


def forged(request: HttpRequest, reason: str = "") -> JsonResponse:
    """Answer a change that no page of ours asked for, or whose cookies were not sent along."""
    del request
    message = f"This request did not come from a page of the portal ({reason}) Reload the page."
    return JsonResponse({"code": "csrf", "message": message, "details": {}}, status=403)


def no_such_path(request: HttpRequest) -> JsonResponse:
    message = f"There is nothing at {request.path}. The API is described at /api/docs."
    return JsonResponse({"code": "no_such_path", "message": message, "details": {}}, status=404)
