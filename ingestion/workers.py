"""Work spread over processes, such that a dead parent leaves none behind and a dead child is told of."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from multiprocessing.connection import wait as wait_for_any
from typing import TypeVar

from ingestion.errors import ServiceProblem

Task = TypeVar("Task")
Result = TypeVar("Result")


def results(work: Callable[[Task], Result], tasks: Iterable[Task], processes: int) -> Iterator[tuple[Task, Result]]:
    """Each task with its result, as they come. Tasks are taken as they are needed, a few ahead.

    Raises:
        ServiceProblem: A process died. What `work` raises comes out as it is.
    """
    remaining = iter(tasks)
    first = list(islice(remaining, 2))
    remaining = chain(first, remaining)
    if processes == 1 or len(first) < 2:
        for task in remaining:
            yield task, work(task)
        return
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _prepare)
    waiting: dict[Future[Result], Task] = {}
    try:
        for task in remaining:
            waiting[pool.submit(work, task)] = task
            if len(waiting) >= 2 * processes:
                yield from _done(waiting)
        while waiting:
            yield from _done(waiting)
        pool.shutdown()
    except BrokenProcessPool as error:
        raise ServiceProblem(
            "A process was killed, perhaps for want of memory. Nothing is lost: run the same command again."
        ) from error
    finally:
        for child in multiprocessing.active_children():
            child.terminate()
        pool.shutdown(wait=False, cancel_futures=True)


def _done(waiting: dict[Future[Result], Task]) -> Iterator[tuple[Task, Result]]:
    for future in wait(waiting, return_when=FIRST_COMPLETED).done:
        yield waiting.pop(future), future.result()


def _prepare() -> None:
    """In a new worker: leave Ctrl-C to the parent, and end when the parent does, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    gc.freeze()


def _end_with(sentinel: int) -> None:
    wait_for_any([sentinel])
    os._exit(1)
