"""Every arrow points down: who may import whom, read from the source with `ast`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LEAVES = {"cgm_portal"}
MAY_IMPORT = {
    "accounts": LEAVES,
    "children": {"accounts"} | LEAVES,
    "care": {"children", "accounts"} | LEAVES,
    "scans": {"children", "accounts", "ml_models"} | LEAVES,
    "predictions": {"scans", "children", "accounts", "ml_models"} | LEAVES,
    "analytics": {"predictions", "care", "scans", "children", "accounts", "ml_models"} | LEAVES,
    "ml_models": set(),
    "cgm_portal": {"accounts", "children", "care", "scans", "predictions", "analytics"},
}
APPS = ("accounts", "children", "care", "scans", "predictions", "analytics")
# The one arrow between the pure packages: figures of an evaluation are z-scores of the portal's own engine.
MAY_IMPORT_GROWTH = "ml_models/evaluation/"
# What an app may use of cgm_portal: leaves that import no app.
PORTAL_LEAVES = {"env", "errors", "celery", "telemetry", "azure_storage", "checks"}
PORTAL_LEAVES |= {"api_errors", "api_pagination", "api_parsers", "api_schema"}
FRAMEWORKS = {"django", "celery", "rest_framework", "kombu", "redis"}
GPU_ONLY = {"cv2", "av", "torch", "mediapipe", "onnxruntime"}
LIGHT_RESEARCH = ("errors", "training_set", "comparison", "figures")  # what the portal reads of ml_models.research
LIGHT_EVALUATION = ("agreement", "drift")  # statistics that pages show
# Of the pose models, what a list of them needs: descriptions and files, no network.
LIGHT_POSE = ("__init__", "landmarks", "keypoint_orders", "fields", "sidecar", "backends")
LIGHT_ML_MODULES = (
    {"ml_models/__init__.py", "ml_models/types.py", "ml_models/quality.py"}
    | {f"ml_models/research/{name}.py" for name in LIGHT_RESEARCH}
    | {f"ml_models/pose/{name}.py" for name in LIGHT_POSE}
    | {"ml_models/synthetic/chunks.py", "ml_models/marker_sheet/__init__.py"}
    | {f"ml_models/evaluation/{name}.py" for name in ("__init__", *LIGHT_EVALUATION)}
)
# Loaded by the task lists of the gpu and the synthetic worker, never by Django's start.
PIPELINE_MODULES = {
    "predictions/pipeline.py",
    "predictions/frames.py",
    "predictions/gpu_tasks.py",
    "predictions/film_tasks.py",
    "predictions/shadow_run.py",
    "predictions/backends/local.py",
}
# Loaded by `manage.py promote_model`, which runs both models, and `manage.py generate_films`.
COMMAND_MODULES = {"predictions/evidence.py", "predictions/management/commands/generate_films.py"}


def sources(package: str) -> list[Path]:
    return sorted(p for p in (ROOT / package).rglob("*.py") if "migrations" not in p.parts)


def imported_modules(path: Path) -> set[str]:
    """Return the dotted names that a file imports, relative ones resolved."""
    package = list(path.relative_to(ROOT).with_suffix("").parts[:-1])
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names.add(module)
            names.update(f"{module}.{alias.name}" for alias in node.names)
    return names


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported_modules(path)}


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_package_imports_only_what_lies_below_it(package):
    allowed = MAY_IMPORT[package] | {package}

    offences = {}
    for path in sources(package):
        name = str(path.relative_to(ROOT))
        growth = {"children"} if name.startswith(MAY_IMPORT_GROWTH) else set()
        beyond = sorted((tops(path) & set(MAY_IMPORT)) - allowed - growth)
        if beyond:
            offences[name] = beyond

    assert not offences


def test_evaluation_knows_nothing_of_children_but_their_growth():
    of_children = {
        name
        for path in sources(MAY_IMPORT_GROWTH)
        for name in imported_modules(path)
        if name.split(".")[0] == "children" and name.split(".")[:2] != ["children", "growth"]
    }

    assert not of_children


@pytest.mark.parametrize("app", APPS)
def test_apps_use_only_the_leaves_of_the_portal(app):
    offences = {
        (str(path.relative_to(ROOT)), name)
        for path in sources(app)
        for name in imported_modules(path)
        if name.startswith("cgm_portal.") and name.split(".")[1] not in PORTAL_LEAVES
    }

    assert not offences


@pytest.mark.parametrize("leaf", sorted(PORTAL_LEAVES))
def test_leaves_of_the_portal_import_no_app(leaf):
    path = ROOT / "cgm_portal" / f"{leaf}.py"
    paths = [path] if path.exists() else sources(f"cgm_portal/{leaf}")

    assert paths
    assert not {str(path): tops(path) & set(APPS) for path in paths if tops(path) & set(APPS)}


@pytest.mark.parametrize("package", ["children/growth", "ml_models"])
def test_pure_packages_know_no_framework(package):
    assert not {str(path): tops(path) & FRAMEWORKS for path in sources(package) if tops(path) & FRAMEWORKS}


def test_growth_needs_only_the_standard_library_and_numpy():
    heavy = {"scipy", "pandas", "torch", "cv2", "plotly", "ml_models", "accounts"}

    assert not {str(path): tops(path) & heavy for path in sources("children/growth") if tops(path) & heavy}


def test_light_modules_of_ml_models_import_no_native_library():
    for name in sorted(LIGHT_ML_MODULES):
        assert not tops(ROOT / name) & GPU_ONLY, name


def test_only_the_pipeline_reaches_the_heavy_part_of_ml_models():
    light = {"ml_models", "ml_models.types", "ml_models.quality", "ml_models.pose.backends"}
    light |= {"ml_models.synthetic.chunks"}
    light |= {"ml_models.marker_sheet", "ml_models.marker_sheet.LAYOUTS"}
    light |= {f"ml_models.research.{name}" for name in LIGHT_RESEARCH}
    light |= {f"ml_models.evaluation.{name}" for name in LIGHT_EVALUATION}
    offences = set()
    for app in APPS:
        for path in sources(app):
            relative = str(path.relative_to(ROOT))
            used = {name for name in imported_modules(path) if name.split(".")[0] == "ml_models"}
            heavy = {
                name
                for name in used
                if not any(name == ok or name.startswith(f"{ok}.") for ok in light - {"ml_models"})
            }
            if heavy - {"ml_models"} and relative not in PIPELINE_MODULES | COMMAND_MODULES:
                offences.add((relative, tuple(sorted(heavy))))

    assert not offences


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_nothing_imports_inside_functions(package):
    """An import of another package inside a function hides an arrow. `ready()` connects receivers, as Django asks."""
    offences = []
    for path in sources(package):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) or function.name == "ready":
                continue
            for node in ast.walk(function):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                offences += [(path.name, name) for name in names if name.split(".")[0] in set(MAY_IMPORT) - {package}]

    assert not offences
