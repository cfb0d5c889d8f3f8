from django.urls import path

from jobs.device_api import search

urlpatterns = [path("search", search.DeviceSearch.as_view())]
