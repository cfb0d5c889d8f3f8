from django.urls import path

from jobs.runner_api import install

urlpatterns = [
    path("install.sh", install.script),
    path("simple/", install.projects),
    path("simple/<str:project>/", install.files),
]
