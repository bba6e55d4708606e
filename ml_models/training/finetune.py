"""Adapt our model to children measured by hand.

    python -m ml_models.training.finetune --base ml_models/weights/NAME-VERSION --pairs DIR --out DIR --version X.Y.Z

Few children: recalibration (bias of each posture, intervals). From MANY_CHILDREN on: fine-tuning of the last layers,
then recalibration. Figures come from children that had no part in what they judge. The result is a new version; it
serves only after `manage.py promote_model`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from ml_models.estimator import MANIFEST, WeightsError, read_weights
from ml_models.inference import KIND
from ml_models.research.comparison import compare
from ml_models.research.errors import ResearchDataError
from ml_models.research.training_set import TrainingSetFiles, manifest_sha256, read_training_set
from ml_models.training.adaptation import AdaptationConfig, fine_tuned
from ml_models.training.held_out_pairs import Answers, answers_of, joined, pair_figures
from ml_models.training.pairs import PairRows, folds_by_child, pair_rows, split_by_child
from ml_models.training.recalibration import FEWEST_CHILDREN, Weights, recalibrated
from ml_models.training.tracking import code_commit

#: Fewer children teach the last layers their own peculiarities.
MANY_CHILDREN = 300
FOLDS = 5
RECALIBRATED, FINE_TUNED = "recalibrated", "fine_tuned"
FAILED = 1
#: Figures of a comparison that are printed, and how.
TOLD = (("mae_cm", ".2f"), ("bias_cm", "+.2f"), ("within_1_4_cm", ".0%"), ("coverage_90", ".0%"))


@dataclass(frozen=True)
class Adapted:
    """A model and what held-out children say of it: `rows` with the answers of the base and of the new one."""

    weights: Weights
    how: str
    rows: PairRows
    before: Answers
    after: Answers


def adapt(base: Weights, rows: PairRows, config: AdaptationConfig, *, recalibrate_only: bool) -> Adapted:
    """Recalibrate, or fine-tune where there are enough children.

    Raises ResearchDataError("too_few_children").
    """
    if rows.children < FEWEST_CHILDREN:
        raise ResearchDataError(
            "too_few_children", f"There are pairs of {rows.children} children; {FEWEST_CHILDREN} are needed at least."
        )
    if recalibrate_only or rows.children < MANY_CHILDREN:
        taught, judges, how = base, rows, RECALIBRATED
    else:
        judged = 1 - config.teach_share - config.stop_share
        teach, stop, held = split_by_child(rows, [config.teach_share, config.stop_share, judged], config.seed)
        taught, judges, how = fine_tuned(base, rows.take(teach), rows.take(stop), config), rows.take(held), FINE_TUNED
    # Who sets bias and intervals must not judge them: each fifth of the children is judged by the other four.
    parts = [
        (held_out, answers_of(recalibrated(taught, judges.take(others)).estimator(), judges.take(held_out)))
        for others, held_out in folds_by_child(judges, FOLDS, config.seed)
        if held_out.any()
    ]
    return Adapted(
        weights=recalibrated(taught, judges),
        how=how,
        rows=judges,
        before=answers_of(base.estimator(), judges),
        after=joined(parts, len(judges.sessions)),
    )


def finetune(
    base_folder: Path, pairs_folder: Path, out: Path, *, version: str, config: AdaptationConfig, recalibrate_only: bool
) -> Path:
    """Write the adapted model below `out`; returns its folder.

    Raises WeightsError as loading does and with the codes `kind_not_adaptable` and `version_exists`; ResearchDataError
    as reading pairs does, with `too_few_children`, and with `taught_before` for pairs that are in the base's lineage.
    """
    torch.set_num_threads(1)
    manifest, tensors = read_weights(base_folder)
    if manifest.get("kind") != KIND:
        raise WeightsError("kind_not_adaptable", f"{base_folder} holds no model of the kind {KIND}.")
    directory = out / f"{manifest['name']}-{version}"
    if directory.exists():
        raise WeightsError("version_exists", f"{directory} exists. A changed model needs a new version.")
    files = read_training_set(pairs_folder)
    known = [drawn["manifest_sha256"] for drawn in manifest["training"].get("training_sets", ())]
    if files.manifest_sha256 in known:
        raise ResearchDataError("taught_before", f"The base was taught with {pairs_folder} already.")
    rows = pair_rows(files.sessions, manifest)
    adapted = adapt(Weights(manifest, tensors), rows, config, recalibrate_only=recalibrate_only)
    payload = save({name: tensor.contiguous() for name, tensor in adapted.weights.tensors.items()})
    told = _manifest(base_folder, adapted, files, config, version)
    told["sha256"] = hashlib.sha256(payload).hexdigest()
    directory.mkdir(parents=True)
    (directory / told["weights_file"]).write_bytes(payload)
    (directory / MANIFEST).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return directory


def _manifest(
    base_folder: Path, adapted: Adapted, files: TrainingSetFiles, config: AdaptationConfig, version: str
) -> dict[str, Any]:
    base = adapted.weights.manifest
    label = f"{base['name']}-{base['version']}"
    rows = adapted.rows
    comparison = compare(
        adapted.before.height_errors(label, rows),
        adapted.after.height_errors(f"{base['name']}-{version}", rows),
        child=list(rows.child),
        is_lying=rows.is_lying,
    )
    training = base["training"]
    drawn = {
        "manifest_sha256": files.manifest_sha256,
        "name": files.manifest["name"],
        "origin": files.manifest["origin"],
        "ethics_reference": files.manifest["ethics_reference"],
        "sessions": len(files.sessions),
        "children": files.children,
    }
    return {
        **base,
        "version": version,
        "training": {
            **training,
            "base": {"label": label, "manifest_sha256": manifest_sha256(base_folder)},
            "adapted": adapted.how,
            "adaptation": asdict(config),
            "seed": config.seed,
            "training_sets": [*training.get("training_sets", ()), drawn],
            "code_commit": code_commit(),
        },
        # The base's figures are the base's; what is known of this model are these children.
        "metrics": {"held_out_pairs": pair_figures(rows, adapted.after)},
        "comparison": {"base": label, "rows": list(comparison.rows), "objections": list(comparison.objections)},
        "card": _card(base.get("card", {}), label, adapted.how, drawn),
    }


def _card(card: Mapping[str, Any], label: str, how: str, drawn: Mapping[str, Any]) -> dict[str, Any]:
    """The base's card, with what it was adapted to first and the base's own sources called that."""
    done = {RECALIBRATED: "Bias and intervals were set", FINE_TUNED: "The last layers were taught"}[how]
    adapted = (
        f"{done} with {drawn['sessions']} scans of {drawn['children']} children measured by hand "
        f"({drawn['name']}, ethics reference {drawn['ethics_reference']}); all else comes from {label}."
    )
    return {**card, "trained_on": [adapted, *(f"{label}: {told}" for told in card.get("trained_on", ()))]}


def main(arguments: Sequence[str] | None = None) -> int:
    """Adapt from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--base", type=Path, required=True, metavar="DIR", help="folder of the model to begin from")
    parser.add_argument(
        "--pairs", type=Path, required=True, metavar="DIR", help="a training set (docs/research_data.md)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the new version's folder goes below it")
    parser.add_argument("--version", required=True, help="version of the new model")
    parser.add_argument("--seed", type=int, default=AdaptationConfig.seed)
    parser.add_argument("--recalibrate-only", action="store_true", help="leave the network as it is")
    given = parser.parse_args(arguments)
    try:
        directory = finetune(
            given.base,
            given.pairs,
            given.out,
            version=given.version,
            config=replace(AdaptationConfig(), seed=given.seed),
            recalibrate_only=given.recalibrate_only,
        )
    except (WeightsError, ResearchDataError) as error:
        print(f"{error} [{error.code}]", file=sys.stderr)
        return FAILED
    told = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    for row in told["comparison"]["rows"]:
        if row["sessions"]:
            print(f"{row['group']}: {row['children']} children held out")
            for name, form in (
                ("mae_cm", ".2f"),
                ("bias_cm", "+.2f"),
                ("within_1_4_cm", ".0%"),
                ("coverage_90", ".0%"),
            ):
                print(f"  {name:14} {row[f'active_{name}']:{form}} -> {row[f'candidate_{name}']:{form}}")
    print(f"wrote {directory} ({told['training']['adapted']})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
