"""The page of a model version: card, figures with their origin, comparison, lineage."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from analytics.pages.model_figures import figure_sections
from children.consents import withdraw_consent
from children.models import Consent
from predictions.models import ModelVersion, TrainingSet
from tests.analytics.models import figures_row, rendered_metrics, version_fields

pytestmark = pytest.mark.django_db
RENDERED = "Figures of rendered children"


@pytest.fixture
def version(db):
    """Read back: the database keeps the keys of figures in an order of its own."""
    created = ModelVersion.objects.create(**version_fields())
    created.refresh_from_db()
    return created


@pytest.fixture
def page(client, health_worker):
    """Return the text of a version's page."""
    client.force_login(health_worker)

    def get(version) -> str:
        return client.get(reverse("model_version", args=[version.pk])).content.decode()

    return get


def test_pages_need_a_sign_in_and_are_open_to_every_role(client, version, make_user):
    urls = [reverse("model_versions"), reverse("model_version", args=[version.pk])]

    assert [client.get(url).status_code for url in urls] == [302, 302]
    client.force_login(make_user("partner", Role.PARTNER))
    assert [client.get(url).status_code for url in urls] == [200, 200]


def test_the_page_tells_what_the_model_must_not_do_and_how_it_fails(page, version):
    text = page(version)

    assert "Diagnosis, treatment or discharge decisions." in text
    assert "An error of 1 % of the distance" in text
    assert "no figure on this page says how well it does on a real child" in text


def test_figures_are_called_those_of_rendered_children_with_n_and_coverage(page, version):
    text = page(version)

    assert RENDERED in text
    table = figure_sections(version.metrics)[0].main[0]
    assert table.columns[:4] == ("Films, scale from", "n children", "Mean absolute error", "Bias")
    assert table.rows[0] == (
        "lying above, marker", "412", "0.84", "-0.11", "0.97", "51\xa0%", "81\xa0%", "90\xa0%", "3.36",
    )  # fmt: skip
    assert len(table.rows) == 4


def test_skin_tones_have_a_table_of_their_own(version):
    section = figure_sections(version.metrics)[0]

    tones = next(table for table in section.main if table.title.startswith("By skin tone"))
    assert [row[0] for row in tones.rows] == [f"standing front, marker, skin tone {tone}" for tone in range(6)]


def test_other_quantities_and_parts_are_one_click_away(version):
    section = figure_sections(version.metrics)[0]

    titles = [table.title for table in section.more]
    assert titles[:4] == ["Weight, kg", "MUAC, mm", "Head circumference, cm", "Further figures"]
    further = section.more[3]
    assert further.rows[0][further.columns.index("Stunting: specificity")] == "–"
    assert further.rows[0][further.columns.index("Within 1.4 cm")] == "83\xa0%"


def test_figures_of_children_measured_by_hand_are_told_apart(page):
    real = {"held_out_pairs": [figures_row("lying_above", "marker")]}
    version = ModelVersion.objects.create(**version_fields(metrics=rendered_metrics() | real))

    sections = figure_sections(version.metrics)

    assert [section.rendered for section in sections] == [False, True]
    assert "Figures of real children" in page(version)


@pytest.mark.parametrize(
    "metrics", [{}, {"rows": []}, {"rows": ["text"]}, {"rows": {"mae": 1}}, {"rows": [{"mae": 1.234, "n": 5}]}]
)
def test_figures_of_any_shape_open(page, metrics):
    version = ModelVersion.objects.create(**version_fields(metrics=metrics, card={}, lineage={}))

    text = page(version)

    assert "This version came without a model card" in text
    assert ("1.23" in text) == (metrics == {"rows": [{"mae": 1.234, "n": 5}]})
    assert "What this model was taught with is not recorded" in text


def test_a_version_without_promoter_says_that_nobody_compared_it(page):
    version = ModelVersion.objects.create(
        **version_fields(is_active=True, activated_at=timezone.now(), promotion_reason="The newest installed.")
    )

    text = page(version)

    assert "nobody: the first start of the portal" in text
    assert "Compared with the model before it" not in text


def test_the_comparison_at_promotion_is_shown_with_who_and_why(page, supervisor):
    comparison = {
        "source": "clinic_pairs",
        "sentence": "Both models on the same 80 scans of 60 children.",
        "instead_of": "segments-0.1.0",
        "objections": ["Its bias is +0.40 cm."],
        "rows": [
            {
                "group": "all",
                "children": 60,
                "active_mae_cm": 1.5,
                "candidate_mae_cm": 1.1,
                "mae_difference_cm": -0.4,
                "mae_difference_interval_cm": [-0.6, -0.2],
            }
        ],
    }
    version = ModelVersion.objects.create(
        **version_fields(
            is_active=True,
            activated_at=timezone.now(),
            promoted_by=supervisor,
            promotion_reason="Needed for the new phones",
            comparison=comparison,
        )
    )

    text = page(version)

    for words in ("Needed for the new phones", supervisor.username, "60 children", "1.50", "-0.40 (-0.60 – -0.20)"):
        assert words in text
    assert "Promoted although it was found worse" in text
    assert "Figures of real children" in text


def test_lineage_names_the_sets_and_scans_whose_consent_was_withdrawn(
    page, supervisor, make_child, make_session, health_worker
):
    child = make_child(purposes=("care", "scan", "research_training"))
    drawn = TrainingSet.objects.create(
        name="First pairs",
        purpose="teaching",
        ethics_reference="EC 1",
        rows=1,
        children=1,
        manifest_sha256="ab" * 32,
        created_by=supervisor,
    )
    drawn.members.create(
        session=make_session(child=child), child_pseudonym="c", session_pseudonym="s", features_sha256="0" * 64
    )
    sets = [{"manifest_sha256": "ab" * 32, "name": "First pairs", "children": 1}]
    version = ModelVersion.objects.create(**version_fields(lineage={"training_sets": sets, "seed": 7}))
    assert "must no longer be used" not in page(version)

    consent = Consent.objects.get(child=child, purpose="research_training")
    withdraw_consent(consent=consent, withdrawn_by=health_worker)

    text = page(version)
    assert "First pairs, 1 child" in text
    assert "1 scan of it must no longer be used" in text


def test_the_list_names_the_active_version_first(client, health_worker, version):
    ModelVersion.objects.create(**version_fields(version="0.1.0", is_active=True, activated_at=timezone.now()))
    client.force_login(health_worker)

    answer = client.get(reverse("model_versions"))

    assert [found.version for found in answer.context["versions"]] == ["0.1.0", "0.2.0"]


def test_a_fresh_portal_says_that_no_model_is_registered(client, health_worker):
    client.force_login(health_worker)

    assert "No model is registered yet" in client.get(reverse("model_versions")).content.decode()


def test_an_unknown_version_is_not_found(client, health_worker):
    client.force_login(health_worker)

    assert client.get(reverse("model_version", args=["00000000-0000-0000-0000-000000000000"])).status_code == 404
