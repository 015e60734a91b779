"""One gradebook for one piece of work: every change in it is stored, or none.

nbgrader opens the gradebook anew in each of its steps and commits many times. Here all its steps share one connection whose transaction
is opened for writing at once (so a locked gradebook is found before anything is written) and committed at the end.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from unittest import mock

from nbgrader.api import Gradebook
from nbgrader.converters import autograde, generate_assignment
from nbgrader.preprocessors import latesubmissions, overwritecells, overwritekernelspec, saveautogrades, savecells
from sqlalchemy import URL, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError, SAWarning
from sqlalchemy.orm import scoped_session, sessionmaker
from sqlalchemy.pool import NullPool

from ..course import Course, clear_disk_errors
from ..errors import ConvgradeError, GradebookLocked, StorageError

WAIT = 10.0
STEPS = (autograde, generate_assignment, latesubmissions, overwritecells, overwritekernelspec, saveautogrades, savecells)


class _Shared(Gradebook):
    """What nbgrader's steps get when they open the gradebook: the one that is open already."""

    def __init__(self, session: scoped_session, course_id: str) -> None:
        self.db = session
        self.course_id = course_id
        self.authenticator = None

    def close(self) -> None:
        pass


@contextmanager
def transaction(course: Course, course_id: str = "default_course", wait: float | None = None, writing: bool = True) -> Iterator[Gradebook]:
    """The course's gradebook, open for writing; it is made if there is none.

    wait      seconds to wait for another process that writes (default: WAIT)
    writing   False reads only: another one may read at the same time

    Raises GradebookLocked if the other one does not finish, StorageError if the disk refuses.
    """
    with clear_sql_errors(course):
        if not course.gradebook.exists():
            _create(course, course_id)
        arguments = {"timeout": WAIT if wait is None else wait}
        engine = create_engine(_url(course.gradebook), poolclass=NullPool, connect_args=arguments)
        event.listen(engine, "connect", _no_implicit_transactions)
        event.listen(engine, "begin", _begin_for_writing if writing else _begin_for_reading)
        with engine.connect() as connection, connection.begin():
            session = scoped_session(sessionmaker(bind=connection, join_transaction_mode="create_savepoint"))
            shared = _Shared(session, course_id)
            for name in ("default_course", course_id) if writing else ():
                shared.check_course(name)
            try:
                with _every_step_uses(shared):
                    yield shared
                session.commit()
            finally:
                session.remove()


def _url(path: Path) -> URL:
    return URL.create("sqlite", database=str(path))


def _no_implicit_transactions(connection, _record) -> None:
    connection.isolation_level = None


def _begin_for_writing(connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_for_reading(connection) -> None:
    connection.exec_driver_sql("BEGIN")


@contextmanager
def _every_step_uses(shared: Gradebook) -> Iterator[None]:
    patches = [mock.patch.object(module, "Gradebook", lambda *_args, **_kwargs: shared) for module in STEPS]
    with ExitStack() as stack:
        for patch in patches:
            stack.enter_context(patch)
        stack.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("ignore", "Object of type <Submitted", SAWarning)    # nbgrader adds a submission after its parts
        yield


def _create(course: Course, course_id: str) -> None:
    """A new gradebook, put in place when it is whole. nbgrader asks the program `alembic` for its version."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with clear_disk_errors("make the gradebook"), tempfile.TemporaryDirectory(dir=course.root, prefix=".gradebook-") as folder:
        temporary = Path(folder) / "gradebook.db"
        with mock.patch.dict(os.environ, PATH=path):
            Gradebook(_url(temporary), course_id).close()
        with suppress(FileExistsError):
            os.link(temporary, course.gradebook)


@contextmanager
def clear_sql_errors(course: Course) -> Iterator[None]:
    """Say what a database error means for the teacher."""
    try:
        yield
    except DatabaseError as error:
        words = str(error.orig)
        if any(word in words for word in ("not a database", "malformed")):
            raise StorageError(
                f"{course.gradebook} is damaged: {words}",
                "put a copy from your backup in its place; without one, move it away and grade again (marks given by hand are then lost)",
            ) from error
        if not isinstance(error, OperationalError):
            raise
        if "locked" in words:
            raise GradebookLocked(
                f"another program is writing to {course.gradebook}",
                "close formgrader or wait for the other grading to end, then run the same command again; finished work is kept",
            ) from error
        if any(word in words for word in ("full", "readonly", "unable to open", "disk I/O")):
            raise StorageError(
                f"cannot write {course.gradebook}: {words}",
                "make room on the disk or give write permission, then run the same command again; finished work is kept",
            ) from error
        raise ConvgradeError(
            f"{course.gradebook} does not fit this version of nbgrader: {words}",
            "copy it to a safe place, then run `nbgrader db upgrade` in the course folder",
        ) from error
