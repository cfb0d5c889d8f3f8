"""Answers of the REST API, compressed for whoever takes them so."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressJson(GZipMiddleware):
    """Compress JSON alone: bytes of models are asked for in ranges, and streams must flow."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.streaming or response.headers.get("Content-Type") != "application/json":
            return response
        return super().process_response(request, response)
