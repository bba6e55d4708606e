"""Promoting a model: what is compared, what is refused, what is kept; exactly one is active."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.core.management import CommandError, call_command

from cgm_portal.errors import DomainError
from ml_models.research.training_set import PairedSession, write_training_set
from ml_models.types import AnthropometryEstimate, SessionFeatures
from predictions import evidence
from predictions.feature_rows import features_from_json
from predictions.models import ModelVersion, Prediction
from predictions.promotion import promote
from predictions.registry import active_model, register
from tests.predictions.conftest import RESEARCH, estimate_of

pytestmark = pytest.mark.django_db
LYING_CM = 81.5
CHILDREN = evidence.FEWEST_CHILDREN


@dataclass(frozen=True)
class BiasedEstimator:
    """Says what the extent says, and `bias_cm` more: 80 cm and that, for a child of 81.5 cm."""

    version: str
    bias_cm: float

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        return estimate_of(float(features.values[0]) + self.bias_cm, version=self.version)


@pytest.fixture
def biases(monkeypatch):
    """By folder's name: what its estimator adds. The old model is 1.5 cm short."""
    known = {"tiny-0.1.0": 0.0, "tiny-0.2.0": 1.4, "tiny-0.3.0": -1.0}
    monkeypatch.setattr(evidence, "load_estimator", lambda folder: BiasedEstimator(folder.name, known[folder.name]))
    return known


@pytest.fixture
def installed(install, biases):
    """Three installed models, the first active; the second is better, the third worse."""
    folders = [install("tiny", "0.1.0")]
    active_model()
    folders += [install("tiny", version) for version in ("0.2.0", "0.3.0")]
    return folders


@pytest.fixture
def model_version(installed):
    return ModelVersion.objects.get(is_active=True)


@pytest.fixture
def pairs(make_child, make_scan, make_measurement, monkeypatch):
    """Two children with a scan and a length by hand; as many as are needed."""
    monkeypatch.setattr(evidence, "FEWEST_CHILDREN", 2)
    for name in ("One", "Two"):
        child = make_child(purposes=RESEARCH, name=name)
        make_scan(child=child, height_cm=80.0)
        make_measurement(child=child, length_height_cm=LYING_CM, position="length")


@pytest.fixture
def run(promoter, capsys):
    """Run the command and return what it printed."""

    def call(model: str, **options) -> str:
        call_command("promote_model", model, by=promoter.username, **options)
        return capsys.readouterr().out

    return call


def active_label() -> str:
    return ModelVersion.objects.get(is_active=True).label


def test_a_better_model_is_promoted_with_its_comparison_and_who_did_it(installed, pairs, run, promoter):
    said = run("tiny-0.2.0", reason="Trained on more films")

    version = ModelVersion.objects.get(is_active=True)
    assert version.label == "tiny-0.2.0"
    assert version.promoted_by == promoter
    assert version.promotion_reason == "Trained on more films"
    assert version.activated_at is not None
    assert version.comparison["source"] == "clinic_pairs"
    assert version.comparison["instead_of"] == "tiny-0.1.0"
    assert version.comparison["rows"][0]["mae_difference_cm"] == pytest.approx(-1.4)
    assert "mean absolute error, cm    active   1.50   candidate   0.10" in said
    assert "95 % interval -1.40 to -1.40" in said


def test_a_worse_model_is_refused_and_nothing_changes(installed, pairs, run):
    with pytest.raises(CommandError, match=r"worse.*2\.50 cm.*\[model_worse\]"):
        run("tiny-0.3.0")

    assert active_label() == "tiny-0.1.0"


def test_a_worse_model_needs_force_and_a_reason(installed, pairs, run):
    with pytest.raises(CommandError, match="reason_missing"):
        run("tiny-0.3.0", force=True)
    with pytest.raises(CommandError, match="model_worse"):
        run("tiny-0.3.0", reason="We like it")
    assert active_label() == "tiny-0.1.0"

    run("tiny-0.3.0", force=True, reason="The better one needs a licence")

    version = ModelVersion.objects.get(is_active=True)
    assert (version.label, version.comparison["overruled"]) == ("tiny-0.3.0", True)
    assert version.promotion_reason == "The better one needs a licence"


def test_a_dry_run_shows_the_comparison_and_promotes_nothing(installed, pairs, run):
    assert "difference of the errors   -1.40 cm" in run("tiny-0.2.0", dry_run=True)
    assert active_label() == "tiny-0.1.0"


def test_the_workers_use_the_promoted_model_from_the_next_scan_on(installed, pairs, run):
    run("tiny-0.2.0")

    assert active_model()[1].name == "tiny-0.2.0"


def test_the_replaced_model_can_be_promoted_again(installed, pairs, run):
    run("tiny-0.2.0")
    run("tiny-0.1.0", force=True, reason="The new one is slow")

    assert active_label() == "tiny-0.1.0"
    assert ModelVersion.objects.get(version="0.2.0").promotion_reason  # its own story stays


def test_promoting_the_active_model_changes_nothing(installed, run):
    assert "is the active model already" in run("tiny-0.1.0")


def test_children_who_taught_the_candidate_do_not_judge_it(installed, pairs, install, biases, run, settings, tmp_path):
    settings.RESEARCH_PSEUDONYM_KEY = "k" * 32
    user = {"created_by": "promoter", "ethics_reference": "EC 1"}
    call_command("draw_training_set", name="first", out=tmp_path / "set", **user)
    drawn = Prediction.objects.first().session.training_set_members.get().training_set
    biases["tiny-0.4.0"] = 1.4
    install("tiny", "0.4.0", training={"training_sets": [{"manifest_sha256": drawn.manifest_sha256}]})

    with pytest.raises(CommandError, match="no figures of the same films"):
        run("tiny-0.4.0")


def test_with_too_few_pairs_figures_of_rendered_children_stand_in_and_are_called_that(install, biases, run):
    rows = {"rendered_test_films": [{"posture": "lying", "children": 100, "height_cm": {"mae": 1.2}}]}
    install("tiny", "0.1.0", metrics=rows)
    active_model()
    better = {"rendered_test_films": [{"posture": "lying", "children": 90, "height_cm": {"mae": 0.9}}]}
    install("tiny", "0.2.0", metrics=better)

    said = run("tiny-0.2.0")

    assert "Only 0 children have a scan and a manual length" in said
    assert "figures of rendered children" in said
    assert ModelVersion.objects.get(is_active=True).comparison["source"] == "rendered_children"


def test_fine_tuning_from_the_active_model_brings_its_held_out_children(install, biases, run):
    install("tiny", "0.1.0")
    active_model()
    install("tiny", "0.2.0", comparison={"base": "tiny-0.1.0", "rows": [{"group": "all"}], "objections": []})
    install("tiny", "0.3.0", comparison={"base": "tiny-0.0.9", "rows": [{"group": "all"}], "objections": []})

    assert "children whom it held out" in run("tiny-0.2.0", dry_run=True)
    assert "children whom it held out" not in run("tiny-0.3.0", dry_run=True)


def paired(number: int, row: dict) -> PairedSession:
    return PairedSession(f"s{number}", f"c{number}", features_from_json(row), {"height_cm": LYING_CM})


def test_pairs_of_a_folder_judge_unless_a_model_was_taught_with_them(installed, pairs, install, biases, run, tmp_path):
    row = Prediction.objects.first().features
    sessions = [paired(number, row) for number in range(2)]
    write_training_set(tmp_path / "set", sessions, {"name": "study", "ethics_reference": "EC 1"})
    said = run("tiny-0.2.0", pairs=tmp_path / "set", dry_run=True)
    assert "2 children of study" in said

    sha256 = said.split("manifest ")[1][:12]
    manifest = next(iter((tmp_path / "set").glob("manifest.json")))
    assert evidence.read_training_set(manifest.parent).manifest_sha256.startswith(sha256)
    taught = {"training_sets": [{"manifest_sha256": evidence.read_training_set(manifest.parent).manifest_sha256}]}
    install("tiny", "0.4.0", training=taught)

    with pytest.raises(CommandError, match="taught_with_these_pairs"):
        run("tiny-0.4.0", pairs=tmp_path / "set")


def test_a_folder_with_few_children_is_refused(installed, make_scan, run, tmp_path):
    sessions = [paired(0, make_scan().features)]
    write_training_set(tmp_path / "set", sessions, {"name": "study", "ethics_reference": "EC 1"})

    with pytest.raises(CommandError, match=r"1 children; 30 are needed.*\[too_few_children\]"):
        run("tiny-0.2.0", pairs=tmp_path / "set")


def test_a_model_whose_active_predecessor_is_gone_can_be_promoted_with_a_reason(installed, run):
    (installed[0] / "manifest.json").unlink()

    said = run("tiny-0.2.0", force=True, reason="The disk of the old one died")

    assert "weights of the active model are not installed" in said
    assert active_label() == "tiny-0.2.0"


def test_two_promotions_at_once_leave_one_active_model(installed, promoter):
    first, second, third = (register(folder) for folder in installed)
    fine = {"objections": []}

    promote(candidate=second, instead_of=first, comparison=fine, promoted_by=promoter, reason="")
    with pytest.raises(DomainError) as refused:
        promote(candidate=third, instead_of=first, comparison=fine, promoted_by=promoter, reason="")

    assert refused.value.code == "active_model_changed"
    assert active_label() == "tiny-0.2.0"


def test_an_unknown_user_or_model_is_named(installed, promoter):
    with pytest.raises(CommandError, match=r"\[unknown_user\]"):
        call_command("promote_model", "tiny-0.2.0", by="nobody")
    with pytest.raises(CommandError, match=r"tiny-9\.9\.9 is not installed.*\[model_not_installed\]"):
        call_command("promote_model", "tiny-9.9.9", by=promoter.username)
