"""A server's process that can be killed and started again at the same address."""

from subprocess import Popen
from types import TracebackType
from typing import Self

from stepline.start.stage.lines import StagedLine, launch, wait_until_healthy


class Server:
    """The process that serves a staged line; entered, it is healthy."""

    def __init__(self, line: StagedLine) -> None:
        self._line = line
        self._process: Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting for it to answer."""
        self._process = launch(self._line.data, self._line.port)

    def ensure(self) -> None:
        """Wait until it is healthy, starting it if it doesn't run. Raises CannotStart."""
        if self._process is None or self._process.poll() is not None:
            self.start()
        if self._process is not None:
            wait_until_healthy(self._line.port, self._process)

    def kill(self) -> None:
        """End it with -9, in the middle of whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        self.ensure()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
