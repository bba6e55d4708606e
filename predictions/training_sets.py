"""Draws training sets from clinic pairs: pseudonyms, files, and who is in them.

Needs the research consent of every child at the moment of drawing. A set is never changed; whoever withdraws later is
missing in the next one, and `TrainingSetMember.objects.must_not_be_used` names the rows of older ones.
"""

from __future__ import annotations

import hashlib
import hmac
import shutil
import uuid
from collections import Counter
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Programme, User
from cgm_portal.errors import DomainError
from ml_models.research.errors import ResearchDataError
from ml_models.research.training_set import PairedSession, manifest_sha256, write_training_set
from predictions.feature_rows import features_from_json, features_sha256
from predictions.models import Prediction, SessionReview, TrainingSet, TrainingSetMember
from predictions.pairs import Pair, Selection, find_pairs, scans_with_features, with_research_consent

CLINIC_PAIRS = "clinic_pairs"
SHORTEST_KEY = 32
#: 96 bits: no two children meet by chance.
PSEUDONYM_HEX_DIGITS = 24


def draw_training_set(
    *,
    name: str,
    purpose: str,
    ethics_reference: str,
    directory: Path,
    created_by: User,
    programme: Programme | None = None,
) -> TrainingSet:
    """Write the pairs of consenting children into the new folder `directory` and remember who is in it.

    Raises DomainError: `ethics_reference_missing`, `pseudonym_key_missing`, `name_taken`, `no_pairs`,
    `consent_withdrawn` (meanwhile: draw again), and those of `ml_models.research.training_set.write_training_set`.
    """
    if not ethics_reference.strip():
        raise DomainError("ethics_reference_missing", "Name the reference of the ethics approval for this set.")
    if TrainingSet.objects.filter(name=name).exists():
        raise DomainError("name_taken", f"There is a training set {name} already; it is never changed. Name another.")
    pseudonyms = Pseudonyms(ethics_reference=ethics_reference)
    selection = _same_features(_not_called_bad(find_pairs(_consenting(programme))))
    if not selection.pairs:
        raise DomainError("no_pairs", f"There is no pair to draw. Scans left out: {_counts(selection.left_out)}.")
    rows = sorted(((pseudonyms.of(pair.prediction.session_id), pair) for pair in selection.pairs), key=lambda r: r[0])
    sessions = [_paired_session(pair, session, pseudonyms.of(pair.child_id)) for session, pair in rows]
    facts = {
        "name": name,
        "origin": CLINIC_PAIRS,
        "purpose": purpose,
        "ethics_reference": ethics_reference,
        "drawn_at": timezone.now().isoformat(timespec="seconds"),
        "left_out": dict(sorted(selection.left_out.items())),
        "lineage": _lineage(selection),
    }
    try:
        manifest = write_training_set(directory, sessions, facts)
    except ResearchDataError as error:
        raise DomainError(error.code, str(error)) from error
    try:
        return _remember(
            TrainingSet(
                name=name,
                purpose=purpose,
                ethics_reference=ethics_reference,
                rows=manifest["rows"],
                children=manifest["children"],
                manifest=manifest,
                manifest_sha256=manifest_sha256(directory),
                created_by=created_by,
            ),
            rows,
            pseudonyms,
        )
    except BaseException:
        # Files that no row knows would be out of reach of a withdrawal.
        shutil.rmtree(directory)
        raise


class Pseudonyms:
    """Keyed hashes of ids: the same child has the same pseudonym under one ethics approval, another under the next.

    Without the key nobody can go back, and two data sets cannot be joined.
    """

    def __init__(self, *, ethics_reference: str) -> None:
        """Derive the key; raises DomainError("pseudonym_key_missing")."""
        secret = settings.RESEARCH_PSEUDONYM_KEY
        if len(secret) < SHORTEST_KEY:
            raise DomainError(
                "pseudonym_key_missing",
                f"Set RESEARCH_PSEUDONYM_KEY to a secret of at least {SHORTEST_KEY} characters and keep it apart from "
                "the data: `openssl rand -hex 32` makes one.",
            )
        self._key = hmac.digest(secret.encode(), ethics_reference.strip().encode(), hashlib.sha256)

    def of(self, identity: uuid.UUID) -> str:
        """Return the pseudonym of a child or a scan."""
        return hmac.new(self._key, identity.bytes, hashlib.sha256).hexdigest()[:PSEUDONYM_HEX_DIGITS]


def _consenting(programme: Programme | None) -> QuerySet[Prediction]:
    scans = with_research_consent(scans_with_features())
    return scans if programme is None else scans.filter(session__child__clinic__programme=programme)


def _same_features(selection: Selection) -> Selection:
    """Keep the pairs whose features are those of the newest scan: older code made others."""
    if not selection.pairs:
        return selection
    newest = max(selection.pairs, key=lambda pair: pair.prediction.created_at)
    names = newest.prediction.features["names"]
    kept = [pair for pair in selection.pairs if pair.prediction.features["names"] == names]
    left_out = Counter(selection.left_out)
    left_out["older_features"] += len(selection.pairs) - len(kept)
    return Selection(pairs=kept, left_out=+left_out)


def _not_called_bad(selection: Selection) -> Selection:
    """Leave out the pairs whose scan a supervisor called bad: a crooked child teaches a crooked length."""
    bad = SessionReview.objects.filter(verdict=SessionReview.Verdict.BAD)
    called_bad = set(bad.values_list("session_id", flat=True))
    kept = [pair for pair in selection.pairs if pair.prediction.session_id not in called_bad]
    left_out = Counter(selection.left_out)
    left_out["reviewed_bad"] += len(selection.pairs) - len(kept)
    return Selection(pairs=kept, left_out=+left_out)


def _paired_session(pair: Pair, session: str, child: str) -> PairedSession:
    return PairedSession(
        session=session,
        child=child,
        features=features_from_json(pair.prediction.features),
        truth=pair.truth,
        hours_apart=pair.hours_apart,
    )


def _lineage(selection: Selection) -> dict[str, object]:
    """What the scans went through before they became rows."""
    predictions = [pair.prediction for pair in selection.pairs]
    return {
        "pose_backends": dict(sorted(Counter(p.pose_backend for p in predictions).items())),
        "scale_cues": dict(sorted(Counter(p.scale_cue for p in predictions).items())),
        "features_made_beside_model": dict(sorted(Counter(p.model_version.label for p in predictions).items())),
    }


@transaction.atomic
def _remember(drawn: TrainingSet, rows: list[tuple[str, Pair]], pseudonyms: Pseudonyms) -> TrainingSet:
    drawn.save(force_insert=True)
    TrainingSetMember.objects.bulk_create(
        TrainingSetMember(
            training_set=drawn,
            session=pair.prediction.session,
            session_pseudonym=session,
            child_pseudonym=pseudonyms.of(pair.child_id),
            features_sha256=features_sha256(pair.prediction.features),
        )
        for session, pair in rows
    )
    if drawn.members.must_not_be_used().exists():
        raise DomainError("consent_withdrawn", "A consent was withdrawn meanwhile. Nothing was drawn: draw again.")
    return drawn


def _counts(left_out: Counter[str]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in sorted(left_out.items())) or "none"
