"""What only a clone can do, and the steps of a check."""

from pathlib import Path

import pytest

import stepline
from stepline.start import bench, check, proof, test
from stepline.start.clone import clone_folder
from stepline.start.faults import CannotStart
from tests.start.processes import CLONE


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the package seem to stand where pip puts one."""
    monkeypatch.setattr(stepline, "__file__", str(tmp_path / "stepline" / "__init__.py"))


@pytest.mark.usefixtures("installed")
def test_an_installed_package_says_kindly_what_needs_a_clone() -> None:
    for command, name in ((check, "check"), (test, "test"), (bench, "bench")):
        with pytest.raises(CannotStart, match=rf"\./run {name}"):
            command.main(["anything"])


def test_a_clone_is_found() -> None:
    assert clone_folder("check") == CLONE


def test_the_check_holds_format_lint_types_layers_and_scripts() -> None:
    names = [name for name, _ in check.steps(CLONE)]
    assert names[:4] == ["format", "lint", "types", "layers"]
    projects = {name.removeprefix("types by ") for name in names[4:]}
    assert projects == {str(path.relative_to(CLONE)) for path in CLONE.glob("**/jsconfig.json")}
    for _, (program, *_) in check.steps(CLONE):
        assert Path(program).exists()


def failing_step(_folder: Path) -> list[tuple[str, list[str]]]:
    return [("format", ["false"]), ("lint", ["true"])]


def test_a_failed_step_fails_the_check_and_the_tests_still_run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "steps", failing_step)
    assert check.main(["--version"]) == 1
    said = capfd.readouterr().out
    assert "Failed before the tests: format." in said
    assert said.strip().splitlines()[-1].startswith("pytest ")


def test_an_unknown_benchmark_is_answered_with_those_there_are() -> None:
    with pytest.raises(CannotStart, match=r"There are: .*start"):
        bench.main(["nothing"])
    with pytest.raises(CannotStart, match="There are: "):
        bench.main(["../run"])


def test_a_benchmark_gets_its_arguments_and_gives_its_exit_code() -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(["start", "--help"])
    assert ended.value.code == 0


def test_the_proofs_are_listed() -> None:
    assert "call" in proof.names()
    with pytest.raises(CannotStart, match="call"):
        proof.main(["nothing"])
