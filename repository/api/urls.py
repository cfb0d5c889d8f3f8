from django.urls import path

from repository.api import (
    artifacts,
    contexts,
    evaluation_sets,
    files,
    graphs,
    models,
    refs,
    revisions,
    sample_catalog,
    search,
    service_types,
    storage,
    uploads,
)

MODEL = "models/<str:owner>/<str:name>"

urlpatterns = [
    path("service-types", service_types.ServiceTypeList.as_view()),
    path("contexts", contexts.ContextList.as_view()),
    path("contexts/<str:slug>/related", contexts.ContextRelated.as_view()),
    path("models", models.ModelList.as_view()),
    path("model-names", models.NameCheck.as_view()),
    path(MODEL, models.ModelDetail.as_view()),
    path(f"{MODEL}/commits", files.CommitList.as_view()),
    path(f"{MODEL}/revisions", revisions.RevisionList.as_view()),
    path(f"{MODEL}/revisions/<path:ref>/restore", revisions.RevisionRestore.as_view()),
    path(f"{MODEL}/revisions/<path:ref>", revisions.RevisionDetail.as_view()),
    path(f"{MODEL}/diff", revisions.RevisionDiff.as_view()),
    path(f"{MODEL}/refs", refs.RefList.as_view()),
    path(f"{MODEL}/refs/<path:ref>", refs.RefDetail.as_view()),
    path(f"{MODEL}/tree", files.Tree.as_view()),
    path(f"{MODEL}/files", files.FileList.as_view()),
    path(f"{MODEL}/files/<path:path>", files.FileDetail.as_view()),
    path(f"{MODEL}/readme", files.ReadmeDetail.as_view()),
    path(f"{MODEL}/graph", graphs.GraphDetail.as_view()),
    path(f"{MODEL}/artifacts", artifacts.ArtifactList.as_view()),
    path("sample-catalog", sample_catalog.SampleCatalog.as_view()),
    path("readme-preview", files.ReadmePreview.as_view()),
    path("uploads/<str:upload_id>", uploads.UploadDetail.as_view()),
    path("storage/<str:owner>", storage.StorageDetail.as_view()),
    path("search", search.Search.as_view()),
    path("evaluation-sets", evaluation_sets.EvaluationSetList.as_view()),
    path("evaluation-sets/<int:set_id>", evaluation_sets.EvaluationSetDetail.as_view()),
]
