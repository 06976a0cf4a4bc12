"""What can stop a command, each with its exit status. Bad input never does: it goes to quarantine."""

from __future__ import annotations

DEFECT = 5  # the status after an exception that nobody expected
INTERRUPTED = 130  # the status after Ctrl-C


class EventsError(Exception):
    """Something that the user must know: what happened, where, what next."""

    status = 1


class UsageProblem(EventsError):
    """The command names something that does not exist or cannot be read."""

    status = 2


class ConfigurationProblem(EventsError):
    """Credentials or settings are missing or refused."""

    status = 3


class ServiceProblem(EventsError):
    """A service, a disk or a process failed; the same command can be run again."""

    status = 4
