"""Notices leave through real sockets, without names, signed, never to a private address, and again when refused."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Clinic
from care.deliveries import RETRY_MINUTES, send_due
from care.models import Delivery, FollowUp, NoticeSubscription, ReminderPlan
from care.outbox import plan_reminders
from care.reminders import agree_to_reminders, withdraw_reminders
from care.webhook_addresses import is_public, resolve_webhook
from care.webhooks import signature, signing_key
from cgm_portal.errors import DomainError
from tests.care.sinks import http_sink, smtp_sink

pytestmark = pytest.mark.django_db
SAM = {"muac_mm": 110}


@pytest.fixture
def web():
    with http_sink() as sink:
        yield sink


@pytest.fixture
def mail(settings):
    with smtp_sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", sink.port, False
        yield sink


@pytest.fixture
def subscribe(programme):
    def make(way, address, **chosen):
        return NoticeSubscription.objects.create(programme=programme, way=way, address=address, **chosen)

    return make


@pytest.fixture
def hook(web, settings, subscribe):
    """A webhook to the sink, which this installation trusts."""
    settings.WEBHOOK_TRUSTED_HOSTS = [f"127.0.0.1:{web.port}"]
    return subscribe("webhook", f"http://127.0.0.1:{web.port}/alerts?key=1")


def make_due():
    Delivery.objects.filter(state="queued").update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def assert_names_nobody(text, child):
    guardian = child.guardians.get()
    for secret in (*child.name.split(), *guardian.name.split(), guardian.phone, str(child.born_on)):
        assert secret not in text


def test_a_webhook_arrives_once_signed_and_without_names(web, hook, child, make_measurement):
    make_measurement(**SAM)
    assert web.posts == []  # nothing is sent inside the transaction

    assert send_due() == 1
    assert send_due() == 0

    post = web.posts[0]
    told = json.loads(post.body)
    key, timestamp = signing_key(hook), post.headers["X-CGM-Timestamp"]
    assert post.path == "/alerts?key=1"
    assert (told["event"], told["criterion"], told["severity"]) == ("alert.opened", "muac", "critical")
    assert told["child_code"] == child.code
    assert post.headers["X-CGM-Signature"] == signature(key, timestamp=timestamp, body=post.body)
    assert post.headers["X-CGM-Signature"] != signature("another", timestamp=timestamp, body=post.body)
    assert_names_nobody(post.body.decode(), child)


def test_a_redirect_is_not_followed_and_a_refusal_is_tried_again(web, hook, make_measurement):
    web.statuses = [302, 500]
    make_measurement(**SAM)

    for error in ("http_302", "http_500"):
        assert send_due() == 0
        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.last_error) == ("queued", error)
        assert delivery.next_attempt_at > timezone.now()
        assert send_due() == 0  # it waits
        make_due()
    assert send_due() == 1

    assert [post.path for post in web.posts] == ["/alerts?key=1"] * 3
    assert len({post.headers["X-CGM-Delivery"] for post in web.posts}) == 1


def test_what_is_refused_for_days_is_given_up(web, hook, make_measurement):
    web.statuses = [410] * (len(RETRY_MINUTES) + 1)
    make_measurement(**SAM)

    for _attempt in range(len(RETRY_MINUTES) + 1):
        send_due()
        make_due()

    assert Delivery.objects.get().state == Delivery.State.GIVEN_UP
    assert len(web.posts) == len(RETRY_MINUTES) + 1


def test_the_same_address_without_trust_is_never_called(web, hook, settings, make_measurement):
    make_measurement(**SAM)
    settings.WEBHOOK_TRUSTED_HOSTS = []

    send_due()

    assert web.posts == []
    assert Delivery.objects.get().last_error == "webhook_refused"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://10.0.0.8/x",
        "https://169.254.169.254/metadata",
        "https://[::ffff:10.0.0.8]/x",
        "https://[64:ff9b::a00:8]/x",
        "https://0x7f000001/x",
        "https://2130706433/x",
        "https://localhost/x",
        "https://user:password@example.org/x",
        "ftp://example.org/x",
        "https://",
        "https://[broken/x",
        "https://no-such-host.invalid/x",
    ],
)
def test_addresses_that_are_not_a_public_https_host_are_refused(url):
    with pytest.raises(DomainError) as error:
        resolve_webhook(url)

    assert error.value.code == "webhook_refused"


def test_public_means_reachable_for_everybody():
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")
    assert not any(is_public(each) for each in ("100.64.0.1", "224.0.0.1", "fe80::1", "fc00::1", "2002:a00:8::", "::"))


def test_mail_arrives_without_names(mail, subscribe, child, make_measurement, settings):
    settings.PORTAL_URL = "https://portal.example/"
    subscribe("email", "nurse@example.org")
    make_measurement(**SAM)

    assert send_due() == 1

    (recipients, message) = mail.messages[0]
    assert recipients == ["nurse@example.org"]
    assert child.code in message
    assert f"https://portal.example/care/children/{child.pk}/" in message
    assert_names_nobody(message, child)


def test_mail_that_the_server_refuses_is_tried_again(mail, subscribe, make_measurement):
    mail.refuses = True
    subscribe("email", "nurse@example.org")
    make_measurement(**SAM)
    send_due()
    assert Delivery.objects.get().last_error == "mail_refused"

    mail.refuses = False
    make_due()

    assert send_due() == 1


def test_only_subscribers_of_the_clinic_and_the_severity_are_told(subscribe, clinic, other_clinic, make_measurement):
    everything = subscribe("email", "a@example.org", least_severity="moderate")
    here = subscribe("email", "b@example.org", clinic=clinic, least_severity="high")
    subscribe("email", "c@example.org", clinic=other_clinic, least_severity="moderate")
    subscribe("email", "d@example.org", least_severity="critical")
    subscribe("email", "e@example.org", least_severity="moderate", is_active=False)

    make_measurement(muac_mm=120)  # MAM: high
    make_measurement(muac_mm=119)

    assert {delivery.subscription for delivery in Delivery.objects.all()} == {everything, here}
    assert Delivery.objects.count() == 2


def test_a_text_to_staff_goes_through_the_gateway_with_its_token(web, settings, subscribe, child, make_measurement):
    settings.WEBHOOK_TRUSTED_HOSTS = [f"127.0.0.1:{web.port}"]
    settings.SMS_GATEWAY, settings.SMS_GATEWAY_TOKEN = "care.sms.HttpGateway", "secret"
    settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{web.port}/sms"
    subscribe("sms", "+254711111111")
    make_measurement(**SAM)

    assert send_due() == 1

    told = json.loads(web.posts[0].body)
    assert (told["to"], web.posts[0].headers["Authorization"]) == ("+254711111111", "Bearer secret")
    assert child.code in told["text"]
    assert_names_nobody(told["text"], child)


@pytest.fixture
def due_tomorrow(child, clinic):
    ReminderPlan.objects.create(clinic=clinic)
    tomorrow = timezone.localdate() + timedelta(days=1)
    return FollowUp.objects.create(child=child, reason="routine", due_on=tomorrow, window_days=14)


def test_a_carer_is_reminded_once_after_agreeing_and_reads_nothing_of_health(
    web, settings, due_tomorrow, child, health_worker, clinic
):
    settings.WEBHOOK_TRUSTED_HOSTS = [f"127.0.0.1:{web.port}"]
    settings.SMS_GATEWAY, settings.SMS_GATEWAY_URL = "care.sms.HttpGateway", f"http://127.0.0.1:{web.port}/sms"
    assert plan_reminders() == 0
    agree_to_reminders(child=child, recorded_by=health_worker)

    assert (plan_reminders(), plan_reminders()) == (1, 0)
    assert send_due() == 1

    told = json.loads(web.posts[0].body)
    assert told["to"] == child.guardians.get().phone
    day = f"{due_tomorrow.due_on.day} {due_tomorrow.due_on:%B %Y}"
    assert told["text"] == f"You are expected at {clinic.name} on {day}."


def test_a_reminder_that_was_taken_back_or_is_not_needed_is_not_sent(due_tomorrow, child, health_worker, caplog):
    agree_to_reminders(child=child, recorded_by=health_worker)
    plan_reminders()
    withdraw_reminders(child=child, withdrawn_by=health_worker)

    with caplog.at_level(logging.INFO):
        assert send_due() == 0

    assert (Delivery.objects.get().state, Delivery.objects.get().last_error) == ("given_up", "not_agreed")
    assert_names_nobody(caplog.text, child)


def test_a_subscription_fits_its_way_and_its_programme(programme, subscribe, clinic):
    elsewhere = Clinic(programme_id=None, name="Elsewhere")
    for chosen in (
        {"way": "email", "address": "nobody"},
        {"way": "webhook", "address": "http://example.org/"},
        {"way": "sms", "address": "call me"},
        {"way": "email", "address": "a@example.org", "clinic": elsewhere},
    ):
        with pytest.raises(ValidationError):
            NoticeSubscription(programme=programme, **chosen).clean()
    NoticeSubscription(programme=programme, clinic=clinic, way="email", address="a@example.org").clean()
