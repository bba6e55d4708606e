"""Key figures of the service: how fast it answers, how long a video takes, and whether it is there."""

from __future__ import annotations

from datetime import timedelta

from django.utils import formats
from django.utils.translation import gettext as _

from analytics.kpis.scans import PROCESSING_LIMIT_S, processing_times
from analytics.pages.kpi_words import Asked, Kpi, count_words, seconds_words, window_words
from analytics.pages.model_words import FEW
from analytics.service_minutes.models import RequestGroup
from analytics.service_minutes.questions import answer_times, uptime

SERVICE_DAYS = 30
FEWEST_MINUTES = 1440  # a day; a shorter watch says nothing of 99.9 %
ANSWER_S, READY_SHARE = 2.0, 0.999  # the plan's targets


def api_response_kpi(asked: Asked) -> Kpi:
    """How long the API takes to answer."""
    since = asked.now - timedelta(days=SERVICE_DAYS)
    times = answer_times(RequestGroup.API, since=since)
    pages = answer_times(RequestGroup.PAGES, since=since)
    p95 = times.quantile_s(0.95)
    within = times.within(ANSWER_S)
    return Kpi(
        key="api_response",
        title=_("Answer of the API"),
        target=_("95 of 100 answers within 2 s"),
        goal=ANSWER_S,
        definition=_(
            "Time until the first byte of the answer, measured in the web processes of the whole installation. "
            "Requests that bring a film are left out: their time is that of the phone's connection."
        ),
        since=since.date(),
        until=asked.today,
        window=window_words(since.date(), asked.today),
        numerator=_("%(n)s answers within 2 s") % {"n": count_words(within)} if times.answers else "",
        denominator=_("%(n)s answers") % {"n": count_words(times.answers)},
        value=seconds_words(p95),
        number=p95,
        met=None if times.answers < FEW else times.within(ANSWER_S) >= 0.95 * times.answers,
        count=within,
        of=times.answers,
        beside=[
            (_("Half of the answers (p50)"), seconds_words(times.quantile_s(0.5))),
            (_("99 of 100 (p99)"), seconds_words(times.quantile_s(0.99))),
            (_("Answers that failed (5xx)"), count_words(times.server_errors)),
            (_("Pages of the portal: p95"), seconds_words(pages.quantile_s(0.95))),
        ],
    )


def processing_kpi(asked: Asked) -> Kpi:
    """How long a video takes to be processed."""
    since = asked.now - timedelta(days=SERVICE_DAYS)
    times = processing_times(asked.clinics, since=since)
    return Kpi(
        key="processing",
        title=_("Processing of a video"),
        target=_("95 of 100 within 30 s"),
        goal=PROCESSING_LIMIT_S,
        definition=_(
            "All stages from fetching to the estimate, divided by the videos of the session; sessions with an answer. "
            "Waiting for a free worker is not in it."
        ),
        since=since.date(),
        until=asked.today,
        window=window_words(since.date(), asked.today),
        numerator=_("%(n)s sessions within 30 s a video") % {"n": count_words(times.within)} if times.sessions else "",
        denominator=_("%(n)s sessions") % {"n": count_words(times.sessions)},
        value=seconds_words(times.p95_s),
        number=times.p95_s,
        met=None if times.sessions < FEW or times.p95_s is None else times.p95_s < PROCESSING_LIMIT_S,
        count=times.within,
        of=times.sessions,
        beside=[(_("Half of them (p50)"), seconds_words(times.p50_s))],
    )


def uptime_kpi(asked: Asked) -> Kpi:
    """For how many minutes the portal was ready."""
    since = asked.now - timedelta(days=SERVICE_DAYS)
    found = uptime(since=since, now=asked.now)
    first = (found.since if found else since).date()
    share = None if found is None else found.ready / found.minutes
    return Kpi(
        key="uptime",
        title=_("Uptime"),
        target=_("99.9 %"),
        goal=READY_SHARE,
        definition=_(
            "Minutes at whose end a web process ran and the database answered it. Every other minute counts as down, "
            "planned work included, and so does a minute that nobody could note. Seen from inside: a broken network "
            "before the portal does not show."
        ),
        since=first,
        until=asked.today,
        window=window_words(first, asked.today),
        numerator=_("%(n)s minutes ready") % {"n": count_words(found.ready)} if found else "",
        denominator=_("%(n)s minutes") % {"n": count_words(found.minutes if found else 0)},
        value="" if share is None else f"{formats.number_format(int(share * 10_000) / 100, decimal_pos=2)} %",
        number=share,
        met=None if found is None or share is None or found.minutes < FEWEST_MINUTES else share >= READY_SHARE,
        count=found.ready if found else None,
        of=found.minutes if found else None,
    )
