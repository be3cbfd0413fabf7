"""What can go wrong: an exception a kind, with the library's message.

>>> try:
...     archive.top_pages("docs")
... except pqa.NotFound as error:
...     print(error, error.exit_code)
"""
from __future__ import annotations

from typing import Any, Optional, Type

__all__ = ["Error", "Invalid", "OutOfMemory", "InputOutput", "NotFound", "Denied", "Corrupt",
           "Unsupported", "Limit", "Conflict", "Timeout", "Busy", "Cancelled", "Internal"]


class Error(Exception):
    """The message says what failed, where, what was expected and found, and what to do.

    ``status`` is the kind's name in C, ``exit_code`` what the command line would have ended
    with. ``results`` is what the call had done before (the days of an export that failed),
    as its result would have been; None where there is nothing.
    """

    status: str = "INTERNAL"
    exit_code: int = 1
    results: Optional[Any] = None

    def __init__(self, message: str = "", *, exit_code: Optional[int] = None) -> None:
        super().__init__(message)
        if exit_code is not None:
            self.exit_code = exit_code


class Invalid(Error, ValueError):
    """An argument or setting is not valid."""
    status, exit_code = "INVALID", 2


class OutOfMemory(Error, MemoryError):
    """Memory could not be had."""
    status, exit_code = "NOMEM", 1


class InputOutput(Error, OSError):
    """Reading or writing failed."""
    status, exit_code = "IO", 1


class NotFound(Error, LookupError):
    """The store, the database or a setting is missing."""
    status, exit_code = "NOT_FOUND", 10


class Denied(Error, PermissionError):
    """Somebody is not allowed to do this."""
    status, exit_code = "DENIED", 12


class Corrupt(Error):
    """Something does not verify, or the database contradicts the archive."""
    status, exit_code = "CORRUPT", 13


class Unsupported(Error):
    """The library cannot do this, or was built without it."""
    status, exit_code = "UNSUPPORTED", 1


class Limit(Error):
    """Something is over a limit."""
    status, exit_code = "LIMIT", 1


class Conflict(Error):
    """Somebody else changed the same; try again."""
    status, exit_code = "CONFLICT", 75


class Timeout(Error, TimeoutError):
    """Something took too long; try again."""
    status, exit_code = "TIMEOUT", 75


class Busy(Error):
    """Another writer is at work."""
    status, exit_code = "BUSY", 11


class Cancelled(Error):
    """Stopped on request."""
    status, exit_code = "CANCELLED", 130


class Internal(Error):
    """A mistake of the library."""
    status, exit_code = "INTERNAL", 1


_CLASSES: dict[str, Type[Error]] = {
    kind.status: kind
    for kind in (Invalid, OutOfMemory, InputOutput, NotFound, Denied, Corrupt, Unsupported,
                 Limit, Conflict, Timeout, Busy, Cancelled, Internal)}


def make_error(status: str, message: str, exit_code: int) -> Error:
    """The exception of a status; called by the extension."""
    return _CLASSES.get(status, Internal)(message, exit_code=exit_code)
