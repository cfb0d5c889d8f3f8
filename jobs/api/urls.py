from django.urls import path

from jobs.api import archives, benchmarks, devices, figures, jobs, operator_errors, repeats

urlpatterns = [
    path("archives", archives.ArchiveList.as_view()),
    path("jobs", jobs.JobList.as_view()),
    path("jobs/failed", repeats.FailedJobs.as_view()),
    path("jobs/<int:job_id>", jobs.JobDetail.as_view()),
    path("jobs/<int:job_id>/log", jobs.JobLog.as_view()),
    path("jobs/<int:job_id>/cancel", jobs.JobCancel.as_view()),
    path("jobs/<int:job_id>/retry", repeats.JobRetry.as_view()),
    path("jobs/<int:job_id>/again", repeats.JobAgain.as_view()),
    path("jobs/<int:job_id>/fixes", repeats.JobFixes.as_view()),
    path("artifacts/<int:artifact_id>/targets", jobs.TargetList.as_view()),
    path("models/<str:owner>/<str:name>/benchmarks", benchmarks.BenchmarkList.as_view()),
    path(
        "models/<str:owner>/<str:name>/operator-times",
        benchmarks.OperatorTimesList.as_view(),
    ),
    path(
        "models/<str:owner>/<str:name>/operator-errors",
        operator_errors.OperatorErrorsList.as_view(),
    ),
    path("benchmarks", figures.FigureList.as_view()),
    path("benchmarks/export", figures.FigureExport.as_view()),
    path("devices", devices.DeviceList.as_view()),
    path("devices/<str:device_id>", devices.DeviceDetail.as_view()),
    path("devices/<str:device_id>/reservation", devices.DeviceReservation.as_view()),
    path("runners", devices.RunnerList.as_view()),
    path("runners/<str:runner_id>", devices.RunnerDetail.as_view()),
    path("device-profiles", devices.ProfileList.as_view()),
]
