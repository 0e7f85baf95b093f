"""The library that our pages use is the package's own, with its licence."""

from pathlib import Path

import pytest

from stepline.start import vendor


def test_the_copies_are_the_packages_own_files() -> None:
    assert vendor.differing() == []
    assert vendor.main(["--check"]) == 0


def test_a_copy_that_was_changed_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(vendor, "SHELF", tmp_path)
    vendor.copy_all()
    (tmp_path / "htmx.min.js").write_text("changed", encoding="utf-8")
    assert vendor.main(["--check"]) == 1
    assert "htmx.min.js" in capsys.readouterr().out
    assert vendor.main([]) == 0
