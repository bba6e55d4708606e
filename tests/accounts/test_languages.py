"""Who reads which language: the user's own on every device, the browser's before the sign-in, `Accept-Language` for
programs; families in theirs, whoever's task it is that tells them."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Programme, User
from care.deliveries import send_due
from care.models import Delivery, NoticeSubscription, ReminderPlan
from care.outbox import plan_reminders
from care.reminders import agree_to_reminders
from children.consents import CONSENT_TEXTS
from children.family_language import language_of_family
from children.models import Consent
from children.numbers import printed_number, printed_percent
from tests.care.sinks import http_sink, smtp_sink

pytestmark = pytest.mark.django_db
SAM = {"muac_mm": 110}


def test_before_the_sign_in_the_browser_says_the_language(client):
    page = client.get(reverse("accounts:sign_in"), headers={"Accept-Language": "fr-CH, en;q=0.5"})

    assert page.headers["Content-Language"] == "fr"
    assert "Se connecter" in page.text


def test_before_the_sign_in_a_choice_stays_in_the_browser(client):
    client.post(reverse("set_language"), {"language": "fr", "next": "/"})

    assert "Se connecter" in client.get(reverse("accounts:sign_in")).text


def test_the_language_of_a_user_is_the_same_on_every_device(client, health_worker):
    client.force_login(health_worker)
    client.post(reverse("set_language"), {"language": "fr", "next": "/"})
    client.logout()
    client.cookies.clear()

    client.force_login(User.objects.get(pk=health_worker.pk))
    page = client.get(reverse("home"), headers={"Accept-Language": "en"})

    assert page.headers["Content-Language"] == "fr"
    assert '<html lang="fr"' in page.text


def test_a_language_that_is_not_offered_is_not_saved(client, health_worker):
    client.force_login(health_worker)

    client.post(reverse("set_language"), {"language": "tlh", "next": "/"})

    health_worker.refresh_from_db()
    assert health_worker.language == ""


def test_refusals_of_the_api_follow_accept_language_and_codes_never_do(client):
    answers = {
        language: client.get("/api/v1/children/", headers={"Accept-Language": language}).json()
        for language in ("en", "fr")
    }

    assert answers["en"]["code"] == answers["fr"]["code"]
    assert answers["en"]["type"] == answers["fr"]["type"]
    assert (answers["en"]["title"], answers["fr"]["title"]) == ("Sign in", "Se connecter")
    assert answers["en"]["detail"] != answers["fr"]["detail"]


def test_a_consent_keeps_the_words_of_the_language_that_it_was_read_in(make_child):
    with translation.override("fr"):
        child = make_child()
        words = str(CONSENT_TEXTS[Consent.Purpose.CARE])

    consent = child.consents.get(purpose="care")
    assert consent.language == "fr"
    assert consent.text_sha256 == hashlib.sha256(words.encode()).hexdigest()
    assert words != str(CONSENT_TEXTS[Consent.Purpose.CARE])
    assert language_of_family(child, otherwise="en") == "fr"


def test_staff_are_told_of_an_alert_in_the_language_of_the_programme(programme, make_measurement, settings):
    programme.language = "fr"
    programme.save()
    NoticeSubscription.objects.create(programme=programme, way="email", address="nurse@example.org")
    with smtp_sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", sink.port, False
        make_measurement(**SAM)
        send_due()

    mail = message_from_bytes(sink.messages[0][1].encode())
    assert "Une nouvelle alerte attend" in mail.get_payload(decode=True).decode()


def test_a_family_is_reminded_in_the_language_of_its_consent(make_child, make_measurement, health_worker, settings):
    with translation.override("fr"):
        child = make_child()
    with http_sink() as sink:
        settings.SMS_GATEWAY, settings.SMS_GATEWAY_URL = "care.sms.HttpGateway", f"http://127.0.0.1:{sink.port}/sms"
        settings.WEBHOOK_TRUSTED_HOSTS = [f"127.0.0.1:{sink.port}"]
        ReminderPlan.objects.create(clinic=child.clinic, days_before=90)
        make_measurement(child=child, **SAM)
        agree_to_reminders(child=child, recorded_by=health_worker)
        plan_reminders()
        Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        send_due()

    assert "Vous êtes attendus" in json.loads(sink.posts[-1].body)["text"]


def test_a_programme_is_made_in_its_language(monkeypatch):
    monkeypatch.setenv("CGM_ADMIN_PASSWORD", "sept chevaux gris")

    call_command(
        *("create_programme", "--name", "PCIMA Zinder", "--country", "NE", "--clinic", "CSI Birni"),
        *("--administrator", "mariama", "--language", "fr"),
    )

    assert Programme.objects.get(name="PCIMA Zinder").language == "fr"
    assert User.objects.get(username="mariama").language == "fr"


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", ("9.4", "+0.05", "1,234.5", "12.5\xa0%")), ("fr", ("9,4", "+0,05", "1\xa0234,5", "12,5\xa0%"))],
)
def test_numbers_are_printed_with_the_marks_of_the_language(language, told):
    with translation.override(language):
        printed = (
            printed_number(Decimal("9.40"), ".1f"),
            printed_number(0.05, "+.2f"),
            printed_number(1234.5, ",.1f"),
            printed_percent(0.125, decimals=1),
        )

    assert printed == told
