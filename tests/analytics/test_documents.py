"""Papers of one child: the carer's card and growth charts; who gets them, what they say, how they are drawn."""

from __future__ import annotations

import io
from datetime import date
from itertools import combinations

import numpy as np
import pypdfium2
import pytest
from django.urls import reverse
from django.utils import translation

from accounts.models import Role
from analytics.documents.card import CarerCard, carer_card
from analytics.documents.card_pdf import COLOURS, card_pdf
from analytics.documents.page import Page
from analytics.documents.selectors import standing_of
from analytics.selectors import visits_of
from children.family_language import language_of_family
from children.models import Consent

SAM = {"weight_kg": 7.0, "length_height_cm": 80, "position": "length", "muac_mm": 110, "oedema": False}
NORMAL = {"weight_kg": 11.0, "length_height_cm": 84.5, "position": "length", "muac_mm": 148, "oedema": False}
PAPERS = ("child_card", "child_card_pdf", "child_charts_pdf")
ADDRESS = "https://portal.example.org/children/c/K7Q2-9XRM/"


def words_of(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def pixels_of(pdf: bytes, *, page: int = 0) -> np.ndarray:
    """Return a page in greyscale, 0 black to 255 white, 144 dots per inch."""
    return np.asarray(pypdfium2.PdfDocument(pdf)[page].render(scale=2).to_pil().convert("L"))


def card(level: str = "critical", **changes: object) -> CarerCard:
    given = {
        "child_name": "Amina Yusuf",
        "code": "K7Q2-9XRM",
        "clinic": "North clinic",
        "clinic_phone": "",
        "level": level,
        "word": "Get help today",
        "sentence": "Your child needs treatment now.",
        "to_do": "Go to the treatment centre today.",
        "measured_on": date(2026, 11, 20),
        "next_on": date(2026, 12, 1),
        "address": ADDRESS,
    }
    return CarerCard(**{**given, **changes})  # type: ignore[arg-type]


def written(text: str, *, language: str, shaped: bool) -> np.ndarray:
    page = Page(title="x", language=language)
    page.add_page()
    if not shaped:
        page.set_text_shaping(use_shaping_engine=False)
    page.write_text(text, start_mm=20, top_mm=20, width_mm=150, size_pt=30)
    return pixels_of(bytes(page.output()))


@pytest.mark.django_db
def test_the_card_says_in_plain_words_what_the_banner_says(client, health_worker, child, make_measurement):
    make_measurement(**SAM)
    client.force_login(health_worker)

    page = client.get(reverse("child_card", args=[child.pk]))

    assert page.status_code == 200
    assert "level-critical" in page.text
    assert "Your child is much too thin and needs treatment now." in page.text
    assert child.code in page.text
    assert "z-score" not in page.text.lower()
    assert "style=" not in page.text


@pytest.mark.django_db
def test_the_pdf_card_is_one_page_with_name_code_date_and_action(client, health_worker, child, make_measurement):
    make_measurement(**SAM)
    client.force_login(health_worker)

    answer = client.get(reverse("child_card_pdf", args=[child.pk]))

    text = words_of(answer.content)
    follow_up = child.follow_ups.open().order_by("due_on").first()
    assert answer["Content-Type"] == "application/pdf"
    assert len(pypdfium2.PdfDocument(answer.content)) == 1
    assert child.name in text
    assert child.code in text
    assert "Go to the treatment centre today." in text
    assert f"{follow_up.due_on:%B %Y}" in text


@pytest.mark.django_db
def test_a_card_without_any_measurement_asks_to_measure(child):
    standing = standing_of(child, visits_of(child))

    made = carer_card(child=child, answer=standing.answer, follow_up=standing.follow_up, address=ADDRESS)

    assert (made.level, made.measured_on) == ("unknown", None)
    assert card_pdf(made).startswith(b"%PDF")


@pytest.mark.django_db
def test_an_open_alert_speaks_louder_than_a_calm_last_visit(child, make_measurement):
    make_measurement(days_ago=3, **SAM)
    make_measurement(**NORMAL)
    child.alerts.exclude(state="resolved").update(severity="critical")
    standing = standing_of(child, visits_of(child))

    made = carer_card(child=child, answer=standing.answer, follow_up=standing.follow_up, address=ADDRESS)

    assert standing.answer.measurement.assessment.risk_level == "none"
    assert made.level == "critical"
    assert made.sentence == "Your child may be very ill and needs treatment now."


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAPERS)
def test_papers_are_for_the_childs_own_clinic_alone(client, name, child, make_measurement, make_user, outsider):
    make_measurement(**NORMAL)
    others = [outsider, make_user("manager", Role.PROGRAMME_MANAGER), make_user("partner", Role.PARTNER)]

    answers = []
    for user in others:
        client.force_login(user)
        answers.append(client.get(reverse(name, args=[child.pk])).status_code)

    assert answers == [404, 404, 404]


@pytest.mark.django_db
def test_the_short_address_leads_to_the_child_for_its_clinic_alone(client, health_worker, outsider, child):
    client.force_login(health_worker)
    for written_as in (child.code, child.code.lower().replace("-", "")):
        answer = client.get(reverse("children:by_code", args=[written_as]))
        assert answer.url == reverse("child", args=[child.pk])

    client.force_login(outsider)
    assert client.get(reverse("children:by_code", args=[child.code])).status_code == 404


@pytest.mark.django_db
def test_the_language_is_asked_for_else_the_guardians_else_the_users(child, settings):
    settings.LANGUAGES = [("en", "English"), ("fr", "Français"), ("ar", "Arabic")]
    Consent.objects.filter(child=child, purpose="care").update(language="fr")

    assert language_of_family(child, asked="ar", otherwise="en") == "ar"
    assert language_of_family(child, asked="", otherwise="en") == "fr"
    assert language_of_family(child, asked="xx", otherwise="en") == "fr"


@pytest.mark.parametrize(
    ("language", "text"),
    [("ar", "أمينة تحتاج إلى العلاج"), ("hi", "क्षितिज को इलाज की ज़रूरत है")],
)
def test_letters_are_joined_as_their_script_asks(language, text):
    shaped, unshaped = (written(text, language=language, shaped=flag) for flag in (True, False))

    # Joined letters are narrower than letters that stand alone, and neither is the box of a missing glyph.
    widths = [np.ptp(np.flatnonzero((drawn < 128).any(axis=0))) for drawn in (shaped, unshaped)]
    assert widths[0] < widths[1]


def test_right_to_left_begins_at_the_right_edge():
    left, right = (
        np.flatnonzero((written("أمينة", language=language, shaped=True) < 128).any(axis=0))
        for language in ("en", "ar")
    )
    width = 210 / 25.4 * 144

    assert left.max() < width / 2 < right.min()


def test_the_whole_card_is_mirrored_for_right_to_left():
    with translation.override("en"):
        ltr = pixels_of(card_pdf(card()))
    with translation.override("ar"):
        rtl = pixels_of(card_pdf(card(sentence="طفلك نحيف جدا ويحتاج إلى العلاج الآن.")))

    # The QR code, the darkest part of the lower half of the card, changes its side.
    lower = slice(ltr.shape[0] * 55 // 200, ltr.shape[0] * 80 // 200)
    middle = ltr.shape[1] // 2
    for drawn, heavy in ((ltr, "right"), (rtl, "left")):
        dark = (drawn[lower] < 100).sum(axis=0)
        assert (dark[middle:].sum() > dark[:middle].sum()) == (heavy == "right")


def test_levels_differ_in_greyscale_too():
    icon = (slice(215, 330), slice(141, 256))  # 25 mm from the edge, 38 mm from the top, 20 mm wide

    drawn = [pixels_of(card_pdf(card(level)))[icon] < 128 for level in COLOURS]

    assert all((one != other).mean() > 0.02 for one, other in combinations(drawn, 2))


@pytest.mark.django_db
def test_charts_come_one_to_a_page_with_code_reference_visits_and_date(client, health_worker, child, make_measurement):
    make_measurement(days_ago=60, **{**NORMAL, "weight_kg": 10.4, "length_height_cm": 83})
    make_measurement(**NORMAL)
    client.force_login(health_worker)

    answer = client.get(reverse("child_charts_pdf", args=[child.pk]))

    document = pypdfium2.PdfDocument(answer.content)
    assert len(document) == 5  # weight, length, weight for length, MUAC, BMI; no head was measured
    for page in document:
        text = page.get_textpage().get_text_range()
        assert child.code in text
        assert "WHO Child Growth Standards (2006)" in text
        assert "Next appointment" in text
        assert "11.00" in text
        assert "10.40" in text
        assert child.name not in text


@pytest.mark.django_db
def test_a_chart_is_drawn_as_lines_not_as_a_picture(client, health_worker, child, make_measurement, make_scan):
    make_measurement(days_ago=60, **{**NORMAL, "weight_kg": 10.4, "length_height_cm": 83})
    make_scan(child, cm=84.0, sd=1.4)
    client.force_login(health_worker)

    content = client.get(reverse("child_charts_pdf", args=[child.pk], query={"index": "haz"})).content

    document = pypdfium2.PdfDocument(io.BytesIO(content))
    kinds = {each.type for each in document[0].get_objects()}
    assert pypdfium2.raw.FPDF_PAGEOBJ_IMAGE not in kinds
    assert pypdfium2.raw.FPDF_PAGEOBJ_PATH in kinds
    assert "Circle: scan" in words_of(content)


@pytest.mark.django_db
def test_an_unknown_chart_is_not_found(client, health_worker, child):
    client.force_login(health_worker)

    assert client.get(reverse("child_charts_pdf", args=[child.pk], query={"index": "nope"})).status_code == 404
    assert client.get(reverse("child_charts_pdf", args=[child.pk])).status_code == 404
