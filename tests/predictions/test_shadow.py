"""A candidate in the shadow: it answers after the session has ended, and whatever it does the session stands."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Clinic
from children.models import Measurement
from ml_models.measuring import UnusableError
from ml_models.quality import ReasonCode
from predictions import pipeline, shadow_run
from predictions.accuracy.paired_rows import PairScope
from predictions.accuracy.shadow_pairs import shadow_figures
from predictions.erasure import erase_predictions
from predictions.models import ModelVersion, Prediction, ShadowPrediction
from predictions.promotion import promote
from predictions.registry import manifest_sha256, register
from predictions.shadow import begin_shadow, end_shadow, shadow_version, store_shadow
from predictions.shadow_run import ShadowRunner
from tests.predictions.conftest import RESEARCH, estimate_of

LYING = {"length_height_cm": 81.5, "position": "length"}


@pytest.fixture
def candidate(install, model_version):
    """An installed model in the shadow of the active one."""
    return begin_shadow(register(install("tiny", "0.2.0")))


@pytest.fixture
def says(monkeypatch):
    """Let the candidate answer by a function: `says(lambda features: ...)`."""

    def put(answer):
        backend = type("Backend", (), {"estimate": lambda _self, features: answer(features)})()
        monkeypatch.setattr(shadow_run, "_backend", lambda _folder: backend)

    return put


@pytest.mark.django_db
class TestWhichModel:
    def test_one_candidate_at_a_time_and_never_the_active_one(self, candidate, install):
        install("tiny", "0.3.0")

        call_command("shadow_model", "tiny-0.3.0")

        assert shadow_version().version == "0.3.0"
        assert ModelVersion.objects.filter(shadow_since__isnull=False).count() == 1
        active = manifest_sha256(install("tiny", "0.1.0"))
        ModelVersion.objects.filter(is_active=True).update(sha256=active)
        with pytest.raises(CommandError, match="model_is_active"):
            call_command("shadow_model", "tiny-0.1.0")

    def test_the_trial_ends_and_its_answers_stay(self, candidate, make_scan):
        store_shadow(prediction=make_scan(), candidate=candidate, estimate=estimate_of(80.5), seconds=0.1)

        assert end_shadow() == candidate

        assert shadow_version() is None
        assert ShadowPrediction.objects.count() == 1

    def test_a_promoted_candidate_leaves_the_shadow(self, candidate, model_version, promoter):
        promote(
            candidate=candidate,
            instead_of=model_version,
            comparison={"objections": []},
            promoted_by=promoter,
            reason="Better",
        )

        assert shadow_version() is None
        candidate.refresh_from_db()
        assert (candidate.is_active, candidate.shadow_since) == (True, None)


@pytest.mark.django_db
class TestAnswers:
    def test_an_answer_is_kept_once_and_becomes_no_measurement(self, candidate, make_scan):
        scan = make_scan(height_cm=80.0)
        measurements = Measurement.objects.count()

        for height_cm in (80.7, 90.0):
            store_shadow(prediction=scan, candidate=candidate, estimate=estimate_of(height_cm), seconds=0.1)

        stored = ShadowPrediction.objects.get()
        assert (stored.height_cm, stored.intervals["90"]) == (80.7, pytest.approx([79.1, 82.3]))
        assert Measurement.objects.count() == measurements
        assert Prediction.objects.get().height_cm == 80.0

    def test_a_refusal_is_kept_with_its_reason(self, candidate, make_scan):
        refused = replace(estimate_of(80.0), height_cm=None, refused=ReasonCode.UNFAMILIAR_BODY)

        stored = store_shadow(prediction=make_scan(), candidate=candidate, estimate=refused, seconds=0.1)

        assert (stored.height_cm, stored.refused) == (None, "unfamiliar_body")

    def test_nothing_is_kept_of_an_erased_session(self, candidate, make_scan):
        scan = make_scan()
        erase_predictions([scan.session_id])

        assert store_shadow(prediction=scan, candidate=candidate, estimate=estimate_of(80.0), seconds=0.1) is None
        assert not ShadowPrediction.objects.exists()

    def test_erasure_takes_the_shadow_too(self, candidate, make_scan):
        scan = make_scan()
        store_shadow(prediction=scan, candidate=candidate, estimate=estimate_of(80.0), seconds=0.1)

        erase_predictions([scan.session_id])

        assert not ShadowPrediction.objects.exists()

    def test_both_are_compared_on_the_same_scans(self, candidate, make_scan, make_child, make_measurement):
        for number, (stored_cm, candidate_cm) in enumerate(((82.5, 81.5), (83.5, 81.7), (82.5, 81.9))):
            child = make_child(purposes=RESEARCH, name=f"Child {number}")
            scan = make_scan(child=child, height_cm=stored_cm)
            make_measurement(child=child, **LYING)
            store_shadow(prediction=scan, candidate=candidate, estimate=estimate_of(candidate_cm), seconds=0.1)
        alone = make_scan(child=make_child(purposes=RESEARCH, name="Not measured by hand"))
        store_shadow(prediction=alone, candidate=candidate, estimate=estimate_of(80.0), seconds=0.1)

        found = shadow_figures(candidate, PairScope(clinics=Clinic.objects.all()))

        assert (found.answered, found.refused, found.pairs, found.children) == (4, 0, 3, 3)
        assert found.active.bias.value == pytest.approx(4 / 3)
        assert found.candidate.bias.value == pytest.approx(0.2)
        assert found.difference.value == pytest.approx(0.2 - 4 / 3)
        assert (found.active.within.count, found.candidate.within.count) == (2, 3)


@pytest.mark.django_db(transaction=True)
class TestWorker:
    """The runner works in a thread with a connection of its own, so these tests commit."""

    def test_the_candidate_reads_the_stored_features(self, candidate, make_scan, says):
        says(lambda features: estimate_of(float(features.values[0]) + 0.5))
        scan = make_scan(height_cm=80.0)

        ShadowRunner().ask(scan.session_id)

        assert ShadowPrediction.objects.get(session=scan.session_id, model_version=candidate).height_cm == 80.5

    def test_a_candidate_that_fails_or_hangs_leaves_the_session_alone(self, candidate, make_scan, says, settings):
        scan, release = make_scan(height_cm=80.0), threading.Event()
        runner = ShadowRunner()

        says(lambda _features: 1 / 0)
        runner.ask(scan.session_id)
        settings.SHADOW_SECONDS = 0.01
        says(lambda _features: release.wait() and estimate_of(80.0))
        runner.ask(scan.session_id)
        hanging = runner.thread
        runner.ask(scan.session_id)

        assert runner.thread is hanging  # no second one beside it
        assert not ShadowPrediction.objects.exists()
        scan.session.refresh_from_db()
        assert (scan.session.state, scan.session.reason) == ("succeeded", "")
        release.set()
        hanging.join()


@pytest.mark.django_db
def test_the_pipeline_asks_after_an_answer_and_only_then(make_session, make_child, monkeypatch):
    asked = []
    monkeypatch.setattr(pipeline.shadow, "ask", asked.append)
    answered, unusable = make_session(child=make_child(name="One")), make_session(child=make_child(name="Two"))

    def stages(claim, *_others):
        assert asked == []  # not while the lease is held
        if claim.session_id == unusable.pk:
            raise UnusableError(ReasonCode.TOO_DARK)

    monkeypatch.setattr(pipeline, "_run_stages", stages)
    pipeline.process_session(unusable.pk)
    pipeline.process_session(answered.pk)

    assert asked == [answered.pk]
