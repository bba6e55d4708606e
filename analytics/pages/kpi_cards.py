"""Key figures in words: each with its value, target, definition, numerator, denominator and window.

What nobody has measured yet has no value; nothing is filled in. Figures of the service (answers, uptime) are those of
the whole installation, the others those of the clinics whose totals the person may see.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Clinic
from analytics.kpis.reach import countries, screenings, workers
from analytics.kpis.scans import CONFIRMED_WITHIN_DAYS, early_detection
from analytics.pages.kpi_service import api_response_kpi, processing_kpi, uptime_kpi
from analytics.pages.kpi_words import Asked, Kpi, count_words, window_words
from analytics.pages.model_words import FEW, cm, interval, plain_row, share_interval, share_words
from analytics.pages.programme.scope import months_before
from children.dates import printed_day
from predictions.accuracy.paired_figures import paired_figures
from predictions.accuracy.paired_rows import PairScope, paired_rows
from predictions.models import ModelVersion

WINDOW_MONTHS = 12
# The plan's targets.
CORRELATION, SCREENINGS, DETECTED_SHARE, TRAINED, COUNTRIES = 0.9, 10_000, 0.8, 500, 10


def all_kpis(clinics: QuerySet[Clinic], *, now: datetime) -> list[Kpi]:
    """Return every key figure in the plan's order."""
    asked = Asked(clinics=clinics, now=now)
    return [make(asked) for make in MAKERS]


def _correlation(asked: Asked) -> Kpi:
    active = ModelVersion.objects.filter(is_active=True).first()
    first = months_before(asked.month, WINDOW_MONTHS - 1)
    scope = PairScope(clinics=asked.clinics, first_day=first, version_id=active.pk if active else None)
    found = paired_figures(paired_rows(scope).rows if active else [])
    r = found.correlation
    return Kpi(
        key="correlation",
        title=_("Correlation of scan and manual"),
        target=_("above 0.9"),
        goal=CORRELATION,
        definition=_(
            "Pearson's r of length or height by scan and by hand: pairs of one child, in one posture, within 24 hours, "
            "by the active model."
        ),
        since=first,
        until=asked.today,
        window=window_words(first, asked.today),
        denominator=ngettext("%(n)s pair", "%(n)s pairs", found.pairs) % {"n": count_words(found.pairs)},
        value="" if r is None else plain_row("", r, found.pairs).value,
        number=None if r is None else r.value,
        met=None if r is None or found.pairs < FEW else r.value > CORRELATION,
        of=found.pairs,
        beside=[
            (_("Bias"), _with_interval(cm(found.bias, signed=True), interval(found.bias, signed=True))),
            (_("SD of the differences"), _with_interval(cm(found.sd), interval(found.sd))),
            (_("Correlation of HAZ"), plain_row("", found.haz_correlation, found.pairs).value),
            (
                _("Stunting: sensitivity"),
                _with_interval(share_words(found.stunting.sensitivity), share_interval(found.stunting.sensitivity)),
            ),
            (_("Stunting: PPV"), _with_interval(share_words(found.stunting.ppv), share_interval(found.stunting.ppv))),
        ],
        caution=_(
            "A high correlation alone says little: children who are tall are older, and a bias of +1 cm leaves it at "
            "0.999 while the stunting that is seen falls from 26 to 19 %."
        ),
    )


def _screenings(asked: Asked) -> Kpi:
    last = months_before(asked.month, 1)
    value, running = screenings(asked.clinics, month=last), screenings(asked.clinics, month=asked.month)
    return Kpi(
        key="screenings",
        title=_("Screenings in a month"),
        target=count_words(SCREENINGS),
        goal=SCREENINGS,
        definition=_(
            "Days on which a child was assessed, by hand or by film, in the last whole month; two values of one day "
            "count once, void ones not at all."
        ),
        since=last,
        until=asked.month - timedelta(days=1),
        window=formats.date_format(last, "F Y"),
        numerator=_("%(n)s screenings") % {"n": count_words(value)} if value is not None else "",
        value="" if value is None else count_words(value),
        number=value,
        met=None if value is None else value >= SCREENINGS,
        count=value,
        beside=[(_("This month so far"), count_words(running))] if running is not None else [],
    )


def _detection(asked: Asked) -> Kpi:
    first = months_before(asked.month, WINDOW_MONTHS - 1)
    since = datetime(first.year, first.month, 1, tzinfo=asked.now.tzinfo)
    share = early_detection(asked.clinics, since=since)
    return Kpi(
        key="early_detection",
        title=_("Early detection"),
        target=_("above 80 %"),
        goal=DETECTED_SHARE,
        definition=_(
            "Of the scanned children whom a measurement by hand found with SAM, MAM or severe stunting within "
            "%(days)d days after the scan: those whose scan had asked for it."
        )
        % {"days": CONFIRMED_WITHIN_DAYS},
        since=first,
        until=asked.today,
        window=window_words(first, asked.today),
        numerator=_("%(n)s children whose scan asked for a measurement by hand") % {"n": count_words(share.count)},
        denominator=_("%(n)s children confirmed by hand within %(days)d days after a scan")
        % {"n": count_words(share.n), "days": CONFIRMED_WITHIN_DAYS},
        value="" if share.value is None else share_words(share),
        number=share.value,
        met=None if share.value is None or share.n < FEW else share.value > DETECTED_SHARE,
        count=share.count,
        of=share.n,
        beside=[(_("95 % interval"), share_interval(share))] if share.n else [],
        caution=_(
            "Children whom nobody measured by hand after the scan are in neither number: a case that scan and worker "
            "both missed does not show."
        ),
    )


def _trained(asked: Asked) -> Kpi:
    found = workers(asked.clinics, today=asked.today)
    return Kpi(
        key="trained_workers",
        title=_("Trained workers"),
        target=count_words(TRAINED),
        goal=TRAINED,
        definition=_(
            "Active health workers and supervisors with a date of training, or with a standardisation certificate in "
            "force; each person counts once."
        ),
        since=asked.today,
        until=asked.today,
        window=printed_day(asked.today),
        numerator=ngettext("%(n)s trained", "%(n)s trained", found.trained) % {"n": count_words(found.trained)},
        denominator=ngettext("%(n)s worker", "%(n)s workers", found.all) % {"n": count_words(found.all)},
        value=count_words(found.trained) if found.all else "",
        number=found.trained if found.all else None,
        met=found.trained >= TRAINED if found.all else None,
        count=found.trained,
        of=found.all,
    )


def _countries(asked: Asked) -> Kpi:
    first = months_before(asked.month, WINDOW_MONTHS - 1)
    found = countries(asked.clinics, first_month=first)
    return Kpi(
        key="countries",
        title=_("Countries"),
        target=count_words(COUNTRIES),
        goal=COUNTRIES,
        definition=_("Countries of programmes in whose clinics a child was assessed in the window."),
        since=first,
        until=asked.today,
        window=window_words(first, asked.today),
        numerator=", ".join(found),
        value=count_words(len(found)) if found else "",
        number=len(found) if found else None,
        met=len(found) >= COUNTRIES if found else None,
        count=len(found),
    )


MAKERS: tuple[Callable[[Asked], Kpi], ...] = (
    _correlation,
    api_response_kpi,
    processing_kpi,
    uptime_kpi,
    _screenings,
    _detection,
    _trained,
    _countries,
)


def _with_interval(value: str, ends: str) -> str:
    return f"{value} ({ends})" if ends else value
