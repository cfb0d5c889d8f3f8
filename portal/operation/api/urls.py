from django.urls import path

from portal.operation.api import first_steps, system

urlpatterns = [
    path("first-steps", first_steps.FirstSteps.as_view()),
    path("system", system.System.as_view()),
]
