"""A place where the student's code can do what it likes: no network, no files of ours, bounded time, memory and processes."""

from .limits import Fault, Limits
from .process import Sandbox, require_sandbox

__all__ = ["Fault", "Limits", "Sandbox", "require_sandbox"]
