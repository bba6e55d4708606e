"""Loading the demo: when it is done, when it is refused, and that it comes out the same by seed."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import Programme, User
from analytics.demo.loader import load_demo
from care.models import Alert, FollowUp
from children.models import Child, Consent, Guardian, Measurement
from scans.models import ScanSession


def contents() -> dict[str, list[Any]]:
    """Return what must not differ between two loads of one seed."""
    return {
        "users": list(User.objects.order_by("pk").values_list("pk", "username")),
        "children": list(Child.objects.order_by("pk").values_list("pk", "code", "name", "sex", "born_on", "clinic_id")),
        "guardians": sorted(Guardian.objects.values_list("child_id", "name", "relation", "phone")),
        "consents": sorted(Consent.objects.values_list("child_id", "purpose", "withdrawn_at__date")),
        "measurements": list(
            Measurement.objects.order_by("child_id", "measured_on", "state").values_list(
                "child_id", "measured_on", "state", "weight_kg", "length_height_cm", "muac_mm", "head_circumference_cm"
            )
        ),
        "alerts": sorted(Alert.objects.values_list("child_id", "criterion", "state", "opened_at__date")),
        "follow_ups": sorted(FollowUp.objects.values_list("child_id", "reason", "state", "due_on")),
        "sessions": list(ScanSession.objects.order_by("pk").values_list("pk", "child_id")),
    }


def loaded_and_undone(seed: int) -> dict[str, list[Any]]:
    with transaction.atomic():
        load_demo(seed=seed)
        loaded = contents()
        transaction.set_rollback(True)
    return loaded


def test_the_same_seed_gives_the_same_programme_and_another_seed_another(short_demo: None) -> None:
    first = loaded_and_undone(7)
    second = loaded_and_undone(7)
    other = loaded_and_undone(8)

    assert first == second
    assert not {row[:3] for row in first["children"]} & {row[:3] for row in other["children"]}


def test_sign_ins_are_written_for_the_owner_alone_and_work(short_demo: None, local_folder: Path) -> None:
    demo = load_demo(seed=1)

    path = local_folder / "demo_sign_ins.txt"
    text = path.read_text()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert text == demo.sign_ins
    password = text.split()[-1]
    for user in User.objects.all():
        assert f" {user.username} " in text
        assert user.check_password(password)


def test_a_second_run_changes_nothing(short_demo: None, local_folder: Path, capsys: Any) -> None:
    call_command("load_demo")
    before = contents()
    written = (local_folder / "demo_sign_ins.txt").read_text()

    call_command("load_demo")

    assert "loaded already" in capsys.readouterr().out
    assert contents() == before
    assert (local_folder / "demo_sign_ins.txt").read_text() == written


def test_a_database_with_other_records_is_refused_in_one_sentence(programme: Programme, local_folder: Path) -> None:
    with pytest.raises(CommandError, match="holds other records") as refused:
        call_command("load_demo")

    assert refused.value.returncode == 1
    assert Child.objects.count() == 0
    assert not local_folder.exists()


def test_if_empty_says_and_does_nothing_where_anything_is(
    programme: Programme, local_folder: Path, capsys: Any
) -> None:
    call_command("load_demo", if_empty=True)

    assert capsys.readouterr().out == ""
    assert Child.objects.count() == 0


def test_the_command_prints_what_to_sign_in_with(short_demo: None, local_folder: Path, capsys: Any) -> None:
    call_command("load_demo", if_empty=True)

    printed = capsys.readouterr().out
    assert "5 children" in printed
    assert "worker.lakeside" in printed
    assert (local_folder / "demo_sign_ins.txt").read_text() in printed


def test_a_load_that_fails_leaves_nothing(
    short_demo: None, local_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("analytics.demo.loader.submit_sample", broken)

    with pytest.raises(OSError, match="disk full"):
        load_demo(seed=1)

    assert not User.objects.exists()
    assert not (local_folder / "demo_sign_ins.txt").exists()


def test_sessions_are_announced_after_the_load(
    short_demo: None, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced = []
    monkeypatch.setattr("scans.services.session_submitted.send", lambda **sent: announced.append(sent["session_id"]))

    with django_capture_on_commit_callbacks(execute=True):
        load_demo(seed=3)

    assert set(announced) == set(ScanSession.objects.values_list("pk", flat=True))
