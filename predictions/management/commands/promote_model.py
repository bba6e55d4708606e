"""`manage.py promote_model NAME-VERSION`: compare an installed model with the active one, and let it serve."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from cgm_portal.errors import DomainError
from predictions.evidence import InstalledModel, gather_evidence
from predictions.models import ModelVersion
from predictions.promotion import promote
from predictions.registry import active_model, folder_of, read_manifest, register

LABELS = {
    "mae_cm": "mean absolute error, cm",
    "bias_cm": "bias, cm",
    "within_1_4_cm": "within 1.4 cm",
    "coverage_90": "in the 90 % interval",
}


class Command(BaseCommand):
    """Promotes a model that is not worse than the active one."""

    help = (
        "Show a comparison of an installed model with the active one, and make it the active one. A worse model is "
        "refused (exit code 1) unless --force and --reason are given. The workers use it from the next scan on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare which model, who promotes it, and how a refusal is overruled."""
        parser.add_argument("model", metavar="NAME-VERSION", help="folder below ml_models/weights")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="who answers for it")
        parser.add_argument("--pairs", metavar="DIR", type=Path, help="compare on this training set instead")
        parser.add_argument("--force", action="store_true", help="promote a worse model; needs --reason")
        parser.add_argument("--reason", default="", metavar="TEXT", help="why; kept and shown with the model")
        parser.add_argument("--dry-run", action="store_true", help="show the comparison; promote nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, tell, and promote or refuse."""
        user = User.objects.filter(username=options["by"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['by']!r}. [unknown_user]")
        if options["force"] and not options["reason"].strip():
            raise CommandError("--force needs --reason: say why a worse model shall serve. [reason_missing]")
        try:
            active = _active()
            chosen = folder_of(options["model"])
            candidate = InstalledModel(register(chosen), chosen, read_manifest(chosen))
            if candidate.version == active.version:
                self.stdout.write(f"{active.version} is the active model already.")
                return
            evidence = gather_evidence(active=active, candidate=candidate, pairs_folder=options["pairs"])
            self._tell(evidence.as_json(), active, candidate)
            if options["dry_run"]:
                return
            promote(
                candidate=candidate.version,
                instead_of=active.version,
                comparison=evidence.as_json(),
                promoted_by=user,
                reason=options["reason"],
                despite=evidence.comparison.objections if options["force"] else (),
            )
        except DomainError as refusal:
            raise CommandError(f"{refusal.message} [{refusal.code}]") from refusal
        self.stdout.write(f"{candidate.version} is the active model now. {active.version} is kept and can be promoted.")

    def _tell(self, evidence: Mapping[str, Any], active: InstalledModel, candidate: InstalledModel) -> None:
        self.stdout.write(f"Active: {active.version}. Candidate: {candidate.version}.\n{evidence['sentence']}\n")
        for row in evidence["rows"]:
            self._tell_row(row)
        for objection in evidence["objections"]:
            self.stdout.write(f"Against it: {objection}")

    def _tell_row(self, row: Mapping[str, Any]) -> None:
        counts = [f"{row[name]} {name}" for name in ("sessions", "children") if name in row]
        self.stdout.write(f"{row['group']} ({', '.join(counts) or row.get('count')})")
        for name, label in LABELS.items():
            if f"candidate_{name}" in row:
                figures = f"active {row[f'active_{name}']:6.2f}   candidate {row[f'candidate_{name}']:6.2f}"
                self.stdout.write(f"  {label:26} {figures}")
        if "mae_difference_cm" in row:
            low, high = row["mae_difference_interval_cm"]
            self.stdout.write(
                f"  difference of the errors   {row['mae_difference_cm']:+.2f} cm (95 % interval {low:+.2f} to "
                f"{high:+.2f})"
            )


def _active() -> InstalledModel:
    """Return the active model; one whose weights are gone must be replaceable, too."""
    try:
        version, folder = active_model()
    except DomainError:
        lost = ModelVersion.objects.filter(is_active=True).first()
        if lost is None:
            raise
        return InstalledModel(lost, None, {"metrics": lost.metrics, "training": lost.lineage})
    return InstalledModel(version, folder, read_manifest(folder))
