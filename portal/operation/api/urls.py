from django.urls import path

from portal.operation.api import system

urlpatterns = [path("system", system.System.as_view())]
