"""What an unknown API path answers: the API's own shape, not a page."""

from django.http import HttpRequest, JsonResponse


def no_such_path(request: HttpRequest) -> JsonResponse:
    message = f"There is nothing at {request.path}. The API is described at /api/docs."
    return JsonResponse({"code": "no_such_path", "message": message, "details": {}}, status=404)
