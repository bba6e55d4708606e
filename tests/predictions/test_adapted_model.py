"""From a training set to an active model that was taught with it: the whole road, with real weights on disk."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from ml_models.training.finetune import main
from predictions.models import ModelVersion
from predictions.registry import active_model
from tests.ml_models.adaptable import make_pairs, write_base, write_pairs

pytestmark = pytest.mark.django_db
SHORT_CM = {True: 2.0, False: 3.5}


def test_an_adapted_model_is_promoted_on_other_children_and_shows_its_lineage(
    weights, promoter, tmp_path, capsys, client
):
    base = write_base(weights)
    active_model()
    taught_with = write_pairs(tmp_path / "set", make_pairs(60, short_cm=SHORT_CM))
    others = write_pairs(tmp_path / "others", make_pairs(40, short_cm=SHORT_CM, seed=99))
    arguments = ["--base", str(base), "--pairs", str(taught_with), "--out", str(weights), "--version", "0.1.1"]
    assert main(arguments) == 0

    with pytest.raises(CommandError, match="taught_with_these_pairs"):
        call_command("promote_model", "tiny-0.1.1", by=promoter.username, pairs=taught_with)
    call_command("promote_model", "tiny-0.1.1", by=promoter.username, dry_run=True)
    assert "children whom it held out" in capsys.readouterr().out
    call_command("promote_model", "tiny-0.1.1", by=promoter.username, pairs=others)

    active = ModelVersion.objects.get(is_active=True)
    overall = active.comparison["rows"][0]
    assert active.label == "tiny-0.1.1"
    assert (overall["children"], overall["sessions"]) == (40, 80)
    assert overall["candidate_mae_cm"] < overall["active_mae_cm"] - 1
    assert active_model()[1] == weights / "tiny-0.1.1"
    client.force_login(promoter)
    page = client.get(reverse("model_version", args=[active.pk])).content.decode()
    assert "First pairs, 60 children" in page
    assert "Figures of real children" in page
