"""Many markings at once, each in a process of its own: a crash, a leak or a hang in one touches no other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from .marking.session import HarnessError

PRELOAD = ["convgrade.marking.submission", "convgrade.assignment", "convgrade.rules"]    # what the children need, read once


@dataclass(frozen=True)
class Job:
    """One thing to compute: `function(*arguments)` in a fresh process, within `seconds` on the clock."""

    name: str
    function: Callable[..., Any]
    arguments: tuple
    seconds: float = 900.0


@dataclass(frozen=True)
class Failure:
    """A job that did not return: its process died, took too long, or raised."""

    message: str
    error: BaseException | None = None


def run(jobs: list[Job], workers: int) -> Generator[tuple[Job, Any], None, None]:
    """Yield (job, what it returned or a Failure) as each finishes. Closing the iterator, or Ctrl-C, ends what is running."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    waiting = list(reversed(jobs))
    running: dict[Connection, tuple[Job, Any, float]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < max(1, workers):
                job = waiting.pop()
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_work, args=(theirs, job.function, job.arguments), daemon=True)
                process.start()
                theirs.close()
                running[ours] = (job, process, time.monotonic() + job.seconds)
            for connection in wait(list(running), timeout=1.0):
                assert isinstance(connection, Connection)
                job, process, _ = running.pop(connection)
                yield job, _result(connection, process)
            for connection, (job, process, end) in list(running.items()):
                if time.monotonic() > end:
                    del running[connection]
                    _stop(process)
                    yield job, Failure(f"took more than {job.seconds:.0f} seconds")
    finally:
        for _, process, _ in running.values():
            process.terminate()
        for _, process, _ in running.values():
            _stop(process)


def _work(connection: Connection, function: Callable[..., Any], arguments: tuple) -> None:
    """In the child: compute, send, end. Ctrl-C is the parent's; its SIGTERM unwinds, so that the sandbox is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    try:
        answer: Any = function(*arguments)
    except (Exception, HarnessError) as error:
        answer = Failure(f"{type(error).__name__}: {error}", error)
    try:
        connection.send(answer)
    except BrokenPipeError:
        os._exit(1)


def _end(number: int, frame: Any) -> None:
    """Unwind once: a second SIGTERM would stop the closing of the sandbox in the middle and leave its control group behind."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)


def _result(connection: Connection, process: Any) -> Any:
    try:
        return connection.recv()
    except EOFError:
        process.join(10)
        return Failure(f"the marking process ended with code {process.exitcode}")
    except Exception as error:
        return Failure(f"what the marking process sent cannot be read: {type(error).__name__}: {error}")
    finally:
        connection.close()
        process.join(10)


def _stop(process: Any) -> None:
    process.terminate()
    process.join(10)
    if process.is_alive():
        process.kill()
        process.join()
