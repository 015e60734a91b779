"""One running sandbox: started, talked to, watched, and ended for certain."""

from __future__ import annotations

import ctypes
import os
import platform
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import SandboxMissing
from ..inside import wire
from ..result import CRASHED, OUT_OF_MEMORY, TIMEOUT
from .bubblewrap import HOME, INSIDE, command, environment
from .cgroup import ControlGroup
from .limits import Fault, Limits

ENDING = {signal.SIGTERM, signal.SIGINT}
POLL = 0.05
START_SECONDS = 60
CLOSE_SECONDS = 5.0
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
STRAY_ROUNDS = 20
KEYCTL = {"x86_64": 250, "aarch64": 219}.get(platform.machine())    # the system call's number; it has no wrapper in the C library
JOIN_SESSION_KEYRING = 1
LIBC = ctypes.CDLL(None)


def require_sandbox() -> str:
    """Path of bubblewrap; SandboxMissing if it is not there or may not make namespaces."""
    hint = "install it (Debian, Ubuntu: apt-get install bubblewrap); `--no-sandbox` marks without, for notebooks you trust"
    if not sys.platform.startswith("linux"):
        raise SandboxMissing(f"grading needs Linux; this is {sys.platform}", "the notebooks and their visible tests work here all the same")
    if (program := shutil.which("bwrap")) is None:
        raise SandboxMissing("bubblewrap (bwrap) is not installed", hint)
    probe = subprocess.run([*command(program, 2**20, 0), "/bin/true"], capture_output=True, text=True)
    if probe.returncode:
        raise SandboxMissing(f"bubblewrap cannot make a sandbox here: {probe.stderr.strip()[:300]}", "allow unprivileged user namespaces")
    return program


class Sandbox:
    """The student's interpreter and the line to it. Every wait has its own deadline; `close` leaves nothing running."""

    def __init__(self, limits: Limits, seed: int = 0, sandboxed: bool = True) -> None:
        self.limits = limits
        self.own: set[int] = set()
        try:
            with _held() as came:
                self._start(seed, sandboxed)
            for number in came:
                signal.raise_signal(number)
        except BaseException:
            if "process" in vars(self):
                self.close()
            raise

    def _start(self, seed: int, sandboxed: bool) -> None:
        limits = self.limits
        self.group = ControlGroup.create(f"convgrade-{uuid.uuid4().hex[:12]}", limits.memory_mb * 2**20, limits.processes)
        self.folder = None if sandboxed else tempfile.mkdtemp(prefix="convgrade-")
        self.channel, theirs = socket.socketpair()
        self.channel.setblocking(False)
        runner = "/run/convgrade/runner.py" if sandboxed else str(INSIDE / "runner.py")
        interpreter = [os.path.abspath(sys.executable), runner, str(theirs.fileno())]
        prefix = command(shutil.which("bwrap") or "bwrap", limits.tmp_mb * 2**20, seed) if sandboxed else []
        try:
            self.process = subprocess.Popen(
                [*prefix, *interpreter, str(limits.message_mb * 2**20)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[theirs.fileno()],
                cwd=self.folder or "/", env=environment(seed, self.folder or HOME),
                preexec_fn=self._enter,
            )  # fmt: skip
        finally:
            theirs.close()

    def _enter(self) -> None:
        """In the child, before it becomes bubblewrap: its own control group and its own keyring.

        No namespace separates the kernel's session keyring: a student could leave notes in it for a later marking.
        """
        if self.group is not None:
            self.group.join()
        if KEYCTL is not None:
            LIBC.syscall(KEYCTL, JOIN_SESSION_KEYRING, None)

    def exchange(self, head: dict, buffers: list[bytes], seconds: float, clock: float | None = None) -> tuple[dict, list[bytes]]:
        """Send one message and wait for its answer. Raises Fault when the interpreter takes too much or is gone.

        The first message must run nothing of the student's: the processes there are after it are ours, any later one is a stray.

        seconds   of processor time
        clock     seconds on the clock; default `seconds` times the limits' patience
        """
        deadline = Deadline(self, seconds, seconds * self.limits.patience if clock is None else clock)
        self._send(wire.pack(head, buffers), deadline)
        try:
            sizes = wire.frame_sizes(self._receive(wire.HEADER.size, deadline), self.limits.message_mb * 2**20)
            answer = wire.unpack(self._receive(sizes[0], deadline), self._receive(sizes[1], deadline))
        except wire.WireError as error:
            self.close()
            raise Fault(CRASHED, "what came back was not a message") from error    # the error's text is partly the student's
        self.own = self.own or set(self.tree())
        return answer

    def _send(self, frame: bytes, deadline: Deadline) -> None:
        rest = memoryview(frame)
        while rest:
            if select.select([], [self.channel], [], POLL)[1]:
                try:
                    rest = rest[self.channel.send(rest) :]
                except OSError:
                    self._gone()
            deadline.check()

    def _receive(self, size: int, deadline: Deadline) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            if select.select([self.channel], [], [], POLL)[0]:
                try:
                    part = self.channel.recv(min(size - len(parts), 2**20))
                except OSError:
                    part = b""
                if not part:
                    self._gone()
                parts += part
            deadline.check()    # also while bytes arrive: they may come one by one for ever
        return bytes(parts)

    def _gone(self) -> None:
        killed_for_memory = self.group is not None and self._died_of_memory()
        self.close()
        if killed_for_memory:
            raise Fault(OUT_OF_MEMORY, f"took more than {self.limits.memory_mb} MB of memory")
        raise Fault(CRASHED, "the interpreter ended in the middle")

    def _died_of_memory(self) -> bool:
        for _ in range(10):
            if self.group is not None and self.group.out_of_memory():
                return True
            time.sleep(0.01)
        return False

    def tree(self) -> list[int]:
        """Process ids of the sandbox, as this machine numbers them."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    todo += [int(word) for word in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
            except OSError:
                continue
        return found

    def usage(self) -> tuple[float, int, int]:
        """Processor seconds, resident bytes and number of processes of the whole tree."""
        seconds, memory, count = 0.0, 0, 0
        for pid in self.tree():
            if not (words := _stat(pid)):
                continue
            seconds += sum(int(word) for word in words[11:15]) / TICKS
            memory += int(words[21]) * PAGE
            count += 1
        return seconds, memory, count

    def stop_strays(self) -> None:
        """End what the student's cells left running beside the interpreter, before anything is marked."""
        for _ in range(STRAY_ROUNDS):
            strays = [pid for pid in {*self.tree(), *(self.group.members() if self.group else ())} - self.own if is_running(pid)]
            if not strays:
                return
            for pid in strays:
                _kill(pid)
            for pid in strays:
                _wait_gone(pid)
        self.close()
        raise Fault(CRASHED, "kept starting processes that nothing could end")

    def close(self) -> None:
        """End everything in the sandbox and wait until it is gone. Safe to call twice."""
        left = set(self.tree()) if self.process.poll() is None else set()
        left |= set(self.group.members()) if self.group else set()
        for pid in left - {self.process.pid}:
            _kill(pid)
        try:
            self.process.wait(CLOSE_SECONDS if left else None)    # bubblewrap reaps its own and ends
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.channel.close()
        for pid in left - {self.process.pid}:
            _wait_gone(pid)
        if self.group is not None:
            self.group.remove()
            self.group = None
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def _held() -> Iterator[list[int]]:
    """Within this block the handlers of ENDING wait; the list says which were asked for.

    In the middle of a fork Python drops what a handler raises. To mask the signals is not enough: the kernel may hand one to
    another thread, and Python still runs its handler in the main thread, and in no other.
    """
    came: list[int] = []
    main = threading.current_thread() is threading.main_thread()
    waiting = {number: handler for number in ENDING if callable(handler := signal.getsignal(number))} if main else {}
    try:
        for number in waiting:
            signal.signal(number, lambda number, frame: came.append(number))
        yield came
    finally:
        for number, handler in waiting.items():
            signal.signal(number, handler)


class Deadline:
    """Processor seconds of the sandbox and seconds on the clock; memory and processes on the way."""

    def __init__(self, sandbox: Sandbox, seconds: float, clock: float) -> None:
        self.sandbox, self.seconds, self.clock = sandbox, seconds, clock
        self.begin = self.looked = time.monotonic()
        self.used = sandbox.usage()[0]

    def check(self) -> None:
        """Raises Fault when something is used up. Looks at most every POLL seconds."""
        now = time.monotonic()
        if now - self.looked < POLL:
            return
        self.looked = now
        limits = self.sandbox.limits
        seconds, memory, count = self.sandbox.usage()
        if memory > limits.memory_mb * 2**20:
            self.sandbox.close()
            raise Fault(OUT_OF_MEMORY, f"took more than {limits.memory_mb} MB of memory")
        if count > limits.processes:
            self.sandbox.close()
            raise Fault(CRASHED, f"started more than {limits.processes} processes")
        if seconds - self.used > self.seconds or now - self.begin > self.clock:
            self.sandbox.close()
            raise Fault(TIMEOUT, f"did not finish within {self.seconds:g} seconds")


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name: state, parent, ...; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def is_running(pid: int) -> bool:
    """Whether the process is there and more than a name that nobody has collected yet."""
    return _stat(pid)[:1] not in ([], ["Z"])


def _wait_gone(pid: int, seconds: float = CLOSE_SECONDS) -> None:
    end = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.005)
