import stat
from pathlib import Path

import pytest

from stepline.start.faults import CannotStart
from stepline.start.keys import load_keys


def test_keys_are_made_once_and_private(tmp_path: Path) -> None:
    first = load_keys(tmp_path, {})
    assert first == load_keys(tmp_path, {})
    assert stat.S_IMODE((tmp_path / "keys.toml").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys.toml"]


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = load_keys(tmp_path / "a", {}), load_keys(tmp_path / "b", {})
    assert not set(one.values()) & set(other.values())


def test_a_key_in_the_environment_wins(tmp_path: Path) -> None:
    found = load_keys(tmp_path, {"STEPLINE_INDEX_KEY_FILE": "elsewhere"})
    assert "STEPLINE_INDEX_KEY" not in found
    assert "STEPLINE_SECRET_KEY" in found


def test_no_file_is_made_when_the_environment_holds_all(tmp_path: Path) -> None:
    assert load_keys(tmp_path, load_keys(tmp_path, {})) == {}
    (tmp_path / "keys.toml").unlink()
    names = ["SECRET_KEY", "SEALING_KEYS", "INDEX_KEY", "VAPID_PRIVATE_KEY"]
    assert load_keys(tmp_path, {f"STEPLINE_{name}": "set" for name in names}) == {}
    assert not (tmp_path / "keys.toml").exists()


def test_keys_that_others_can_read_are_refused(tmp_path: Path) -> None:
    load_keys(tmp_path, {})
    (tmp_path / "keys.toml").chmod(0o644)
    with pytest.raises(CannotStart, match="chmod 600"):
        load_keys(tmp_path, {})


@pytest.mark.parametrize("content", ["STEPLINE_SECRET_KEY = ", "", "\x00"])
def test_damaged_keys_are_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(CannotStart, match="from your copy"):
        load_keys(tmp_path, {})
    assert path.read_text() == content
