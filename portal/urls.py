"""Every path of the product; the ones that carry bytes or wait are in `portal.asgi`."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from portal.core.http.docs_page import DocsPage
from portal.core.http.health import healthz, readyz
from portal.core.http.missing import no_such_path
from portal.core.http.portal_page import portal_page
from portal.operation.api.system import Metrics

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", Metrics.as_view()),
    path("api/v1/", include("portal.accounts.api.urls")),
    path("api/v1/", include("portal.news.api.urls")),
    path("api/v1/", include("repository.api.urls")),
    path("api/v1/", include("jobs.api.urls")),
    path("api/v1/", include("portal.operation.api.urls")),
    path("runner/", include("jobs.runner_api.install_urls")),
    path("runner/v1/", include("jobs.runner_api.urls")),
    path("device/v1/", include("jobs.device_api.urls")),
    path("api/schema", SpectacularAPIView.as_view(permission_classes=[]), name="schema"),
    path("api/docs", DocsPage.as_view(url_name="schema")),
    # A file of an older build is gone: the page must not take its place.
    re_path(r"^(?:api|runner|device|hf|assets|static)/", no_such_path),
    re_path(r"^", portal_page),
]
