from django.urls import path

from jobs.runner_api import attempts, runners

ATTEMPT = "attempts/<str:attempt_id>"

urlpatterns = [
    path("enroll", runners.Enroll.as_view()),
    path("challenge", runners.NewChallenge.as_view()),
    path("session", runners.Session.as_view()),
    path(f"{ATTEMPT}/accept", attempts.Accept.as_view()),
    path(f"{ATTEMPT}/refuse", attempts.Refuse.as_view()),
    path(f"{ATTEMPT}/heartbeat", attempts.Heartbeat.as_view()),
    path(f"{ATTEMPT}/files", attempts.Files.as_view()),
    path(f"{ATTEMPT}/files/<str:name>", attempts.FilePart.as_view()),
    path(f"{ATTEMPT}/finish", attempts.Finish.as_view()),
]
