"""The page that describes the API, with assets of our own."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request

from portal.core.http.headers import POLICY

# The viewer sets styles on elements; scripts stay ours alone.
LOOSER = POLICY.partition("require-trusted-types-for")[0].replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)


@extend_schema(exclude=True)
class DocsPage(SpectacularSwaggerSplitView):
    permission_classes = []

    def get(self, request: Request, *args: object, **kwargs: object) -> HttpResponse:
        response: HttpResponse = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        response["Content-Security-Policy"] = LOOSER
        return response
