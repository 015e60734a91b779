"""Everything that can go wrong and whose fault it is.

    ConvgradeError            exit code 1
      ReleaseRefused          the assignment itself is wrong: its key fails, its stub scores, its tests break a rule
      BadSubmission           one submission cannot be read; the others go on
      GradebookLocked         another process writes to the gradebook
      StorageError            the disk is full or a folder is read-only
    UsageError                exit code 2
      NotACourse              the folder holds no course
      UnknownAssignment       no assignment of that name
      UnknownStudent          no submission of that student, or an impossible name
      SandboxMissing          bubblewrap is missing or does not work here

Each message names the values; `hint` names the remedy.
"""

from __future__ import annotations


class ConvgradeError(Exception):
    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ReleaseRefused(ConvgradeError):
    pass


class BadSubmission(ConvgradeError):
    pass


class GradebookLocked(ConvgradeError):
    pass


class StorageError(ConvgradeError):
    pass


class UsageError(ConvgradeError):
    exit_code = 2


class NotACourse(UsageError):
    pass


class UnknownAssignment(UsageError):
    pass


class UnknownStudent(UsageError):
    pass


class SandboxMissing(UsageError):
    pass
