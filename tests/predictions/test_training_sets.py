"""Drawing a training set: consent, pseudonyms, files, lineage, and what a withdrawal does to it."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from children.consents import withdraw_consent
from children.models import Consent
from ml_models.research.training_set import read_training_set
from predictions.models import Prediction, TrainingSet
from tests.predictions.conftest import RESEARCH

pytestmark = pytest.mark.django_db
LYING = {"length_height_cm": 81.5, "position": "length"}


@pytest.fixture(autouse=True)
def _key(settings):
    settings.RESEARCH_PSEUDONYM_KEY = "k" * 32


@pytest.fixture
def make_pair(make_child, make_scan, make_measurement):
    """Return a maker of a consenting child with a scan and a length by hand."""

    def make(name: str = "Amina Yusuf", purposes=RESEARCH):
        child = make_child(name=name, purposes=purposes)
        make_scan(child=child)
        make_measurement(child=child, **LYING)
        return child

    return make


@pytest.fixture
def draw(tmp_path, supervisor):
    """Return the command, with what it needs at least."""

    def run(name: str = "first", folder: str | None = None, **options):
        given = {"ethics_reference": "EC 2026/7", "created_by": supervisor.username, **options}
        call_command("draw_training_set", name=name, out=tmp_path / (folder or name), **given)
        return read_training_set(tmp_path / (folder or name))

    return run


def withdraw(child, purpose, user):
    withdraw_consent(consent=Consent.objects.get(child=child, purpose=purpose), withdrawn_by=user)


def test_only_children_with_research_consent_are_drawn(draw, make_pair):
    make_pair("Yes")
    make_pair("No", purposes=("care", "scan"))

    drawn = draw()

    assert (len(drawn.sessions), drawn.children) == (1, 1)
    assert drawn.sessions[0].truth == {"height_cm": 81.5}
    assert TrainingSet.objects.get().manifest_sha256 == drawn.manifest_sha256


def test_nothing_in_the_files_tells_who_the_child_is(draw, make_pair, tmp_path):
    child = make_pair()

    draw()

    text = "".join(path.read_text() for path in (tmp_path / "first").iterdir())
    told = [child.name, "Halima", str(child.pk), child.code, str(child.born_on), child.clinic.name]
    told.append(str(Prediction.objects.get().session_id))
    assert [word for word in told if word in text] == []


def test_a_child_keeps_its_pseudonym_under_one_approval_and_has_another_under_the_next(draw, make_pair):
    make_pair()

    first, again, other = draw("first"), draw("second"), draw("third", ethics_reference="EC 2027/1")

    assert first.sessions[0].child == again.sessions[0].child
    assert first.sessions[0].child != other.sessions[0].child


def test_another_key_gives_other_pseudonyms(draw, make_pair, settings):
    make_pair()
    first = draw("first")

    settings.RESEARCH_PSEUDONYM_KEY = "z" * 32

    assert draw("second").sessions[0].session != first.sessions[0].session


def test_a_withdrawn_child_is_missing_in_the_next_set_and_named_in_the_first(draw, make_pair, health_worker, capsys):
    stays, leaves = make_pair("Stays"), make_pair("Leaves")
    first = draw("first")
    withdraw(leaves, "research_training", health_worker)

    second = draw("second")
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        call_command("check_training_set", "first")

    gone = {session.session for session in first.sessions} - {session.session for session in second.sessions}
    assert second.children == 1
    assert ended.value.code == 1
    assert set(capsys.readouterr().out.split()) == gone
    assert stays.pk != leaves.pk


def test_an_erased_scan_leaves_its_pseudonym_among_those_that_must_go(draw, make_pair, capsys):
    make_pair()
    first = draw()
    Prediction.objects.get().session.delete()

    with pytest.raises(SystemExit):
        call_command("check_training_set", "first")

    assert capsys.readouterr().out.split()[-1] == first.sessions[0].session


def test_a_set_with_every_consent_live_passes_its_check(draw, make_pair):
    make_pair()
    draw()

    call_command("check_training_set", "first")  # exits with 0


def test_the_manifest_holds_lineage_and_what_was_left_out(draw, make_pair, make_scan, make_child):
    make_pair()
    make_scan(child=make_child(purposes=RESEARCH, name="Not measured"))

    manifest = draw().manifest

    assert manifest["left_out"] == {"not_measured": 1}
    assert manifest["lineage"]["features_made_beside_model"] == {"tiny-0.1.0": 1}
    assert manifest["lineage"]["pose_backends"] == {"mediapipe": 1}
    assert manifest["origin"] == "clinic_pairs"


def test_features_of_older_code_are_left_out(draw, make_pair):
    older = Prediction.objects.get(session__child=make_pair("Older"))
    Prediction.objects.filter(pk=older.pk).update(features=older.features | {"names": ["x", "y"]})
    make_pair("Newer")

    drawn = draw()

    assert drawn.manifest["left_out"] == {"older_features": 1}
    assert len(drawn.sessions) == 1


@pytest.mark.parametrize(
    ("options", "key", "code"),
    [
        ({"ethics_reference": " "}, "k" * 32, "ethics_reference_missing"),
        ({}, "", "pseudonym_key_missing"),
        ({"created_by": "nobody"}, "k" * 32, "unknown_user"),
        ({"programme": "Nowhere"}, "k" * 32, "unknown_programme"),
    ],
)
def test_a_refused_draw_writes_nothing(draw, make_pair, settings, tmp_path, options, key, code):
    make_pair()
    settings.RESEARCH_PSEUDONYM_KEY = key

    with pytest.raises(CommandError, match=rf"\[{code}\]"):
        draw(**options)

    assert not (tmp_path / "first").exists()
    assert not TrainingSet.objects.exists()


def test_without_any_pair_it_says_why(draw, make_scan, make_child):
    make_scan(child=make_child(purposes=RESEARCH))

    with pytest.raises(CommandError, match=r"not_measured 1.*\[no_pairs\]"):
        draw()


def test_a_name_is_given_once(draw, make_pair):
    make_pair()
    draw()

    with pytest.raises(CommandError, match=r"\[name_taken\]"):
        draw(folder="elsewhere")


def test_a_consent_withdrawn_while_drawing_takes_the_files_back(draw, make_pair, health_worker, tmp_path, monkeypatch):
    child = make_pair()
    written = "predictions.training_sets.manifest_sha256"

    def withdrawn_meanwhile(directory):
        withdraw(child, "research_training", health_worker)
        return json.dumps(str(directory))[:64]

    monkeypatch.setattr(written, withdrawn_meanwhile)

    with pytest.raises(CommandError, match=r"\[consent_withdrawn\]"):
        draw()

    assert not (tmp_path / "first").exists()
    assert not TrainingSet.objects.exists()
