"""Asking for conversions, and whose turn it is."""

import pytest

from jobs.converters.base import Form
from jobs.models import Job
from jobs.services.attempts import Holder, open_attempt, start
from jobs.services.conversion_runs import _next_job
from jobs.services.conversions import NoSuchConversion, list_targets, request_conversion
from portal.accounts.models import User
from portal.core.errors import Invalid
from repository.models import Artifact
from tests.cast import Cast
from tests.jobs.scene import publish

INT8, OPENVINO = Form("onnx", "int8"), Form("openvino", "fp32")


@pytest.fixture
def graph(cast: Cast) -> Artifact:
    return publish(cast.olga)


def ask(user: User, artifact: Artifact) -> Job:
    return request_conversion(user, artifact, OPENVINO, evaluation_set=None)


def take_next() -> Job:
    job = _next_job()
    assert job is not None
    found = open_attempt(job, Holder(worker="w"), lease_s=60)
    assert found is not None
    start(found[0])
    return job


def test_the_first_job_of_one_person_goes_before_the_many_of_another(
    cast: Cast, graph: Artifact
) -> None:
    many = [ask(cast.olga, graph) for _ in range(3)]
    assert take_next() == many[0]
    first = ask(cast.mark, graph)
    assert take_next() == first
    assert take_next() == many[1]


def test_among_equals_the_oldest_goes_first(cast: Cast, graph: Artifact) -> None:
    older, newer = ask(cast.olga, graph), ask(cast.mark, graph)
    assert [take_next(), take_next()] == [older, newer]
    assert _next_job() is None


def test_a_higher_priority_goes_before_fairness(cast: Cast, graph: Artifact) -> None:
    ask(cast.olga, graph)
    take_next()
    ask(cast.mark, graph)
    urgent = ask(cast.olga, graph)
    Job.objects.filter(pk=urgent.pk).update(priority=1)
    assert take_next() == urgent


def test_every_form_that_can_be_reached_is_offered(graph: Artifact) -> None:
    offered = {(t.format, t.precision): t for t in list_targets(graph)}
    assert offered["openvino", "fp32"].steps == ["onnx_to_openvino"]
    assert offered["onnx", "int8"].needs_calibration
    assert ("pytorch", "fp32") not in offered


@pytest.mark.parametrize("target", [Form("pytorch", "fp32"), Form("onnx", "fp32")])
def test_a_form_that_no_way_leads_to_is_refused(cast: Cast, graph: Artifact, target: Form) -> None:
    with pytest.raises(NoSuchConversion):
        request_conversion(cast.olga, graph, target, evaluation_set=None)
    assert not Job.objects.exists()


def test_integers_without_samples_to_set_their_ranges_are_refused(
    cast: Cast, graph: Artifact
) -> None:
    with pytest.raises(Invalid) as refused:
        request_conversion(cast.olga, graph, INT8, evaluation_set=None)
    assert refused.value.code == "calibration_missing"
    assert list(refused.value.details) == ["evaluation_set"]
