"""Jobs that are lost are submitted anew, and the user is told."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from distributed import Client
from distributed.core import Status

from gfe_mc.clusters.protocol import Say
from gfe_mc.clusters.systems import SYSTEMS
from gfe_mc.errors import InputError

PULSE = 2.0
"""Seconds between two looks at the jobs."""
GRACE = 20.0
"""Seconds without any worker of a job after which it is lost: they may be starting again."""
ASK = 30.0
"""Seconds between two questions to the system about a job that has no worker yet."""
FRUITLESS = 3
"""Jobs in a row that end before a worker came, after which no more are submitted."""


def job_of(worker: Any) -> str:
    """Return the name of the job that a worker of Dask's scheduler is of.

    A job of several processes has workers whose names end in their numbers.
    """
    name = str(worker.name)
    return name.rpartition("-")[0] if re.search(r"-\d+-\d+$", name) else name


class Keeper:
    """Keeps as many jobs of a cluster as it is meant to have.

    Parameters
    ----------
    cluster
        Of dask-jobqueue.
    kind : str
        Of its system.
    logs : Path
        Folder of the jobs' logs.
    say : Say
        Is told which jobs there are, and which are lost.
    """

    def __init__(self, cluster: Any, kind: str, logs: Path, say: Say) -> None:
        self._cluster, self._kind, self._logs, self._say = cluster, kind, logs, say
        self._seen: dict[str, float] = {}
        self._asked: dict[str, float] = {}
        self._fruitless: list[str] = []
        self._fault: str | None = None

    def begin(self, jobs: int) -> None:
        """Submit the first jobs.

        Raises
        ------
        InputError
            The system does not take them.
        """
        try:
            self._cluster.sync(self._submit, jobs)
        except (OSError, RuntimeError, ValueError) as error:
            self._drop_unsubmitted()
            raise self._refusal(f"{reason(error)}") from error
        numbers = ", ".join(str(job.job_id) for job in self._cluster.workers.values())
        self._say(f"Submitted to {self._kind}: {numbers}. Logs of jobs are in {self._logs}.")

    @contextmanager
    def keeping(self, client: Client) -> Iterator[None]:
        """Look after the jobs as long as this holds, and close the client if that is of no use.

        Raises
        ------
        InputError
            Jobs end before their workers come, one after the other.
        """
        loop = self._cluster.loop.asyncio_loop
        task = asyncio.run_coroutine_threadsafe(self._keep(client), loop)
        try:
            yield
        except Exception as error:
            if self._fault is not None:
                raise self._refusal(self._fault) from error
            raise
        finally:
            task.cancel()

    def _refusal(self, came: str) -> InputError:
        return InputError(
            f"Jobs must be ones that {self._kind} runs",
            came,
            f"Correct the cluster's options, by the logs in {self._logs} if there are any; what is "
            "finished is kept",
        )

    async def _submit(self, jobs: int) -> None:
        """Submit so many jobs, and wait until that is done."""
        self._cluster.scale(jobs=jobs)
        await self._cluster
        # What Dask does of its own accord fails without a word.
        if self._drop_unsubmitted():
            await self._cluster

    def _drop_unsubmitted(self) -> list[Any]:
        """Forget the jobs that could not be submitted, so that they are to be submitted again."""
        workers = self._cluster.workers
        failed = [name for name, job in workers.items() if job.job_id is None]
        for name in failed:
            workers.pop(name).status = Status.closed
        return failed

    async def _keep(self, client: Client) -> None:
        while self._fault is None:
            await asyncio.sleep(PULSE)
            try:
                await self._look()
            except Exception as error:
                # Whatever it is, the run goes on with the workers that it has.
                self._say(f"Jobs cannot be submitted now: {reason(error)}. Trying again.")
                await asyncio.sleep(ASK)
        # The run has nothing to wait for: its way to the workers goes, and `keeping` says why.
        await client._close()

    async def _look(self) -> None:
        cluster, now = self._cluster, time.monotonic()
        alive = {job_of(worker) for worker in cluster.scheduler.workers.values()}
        for name in alive:
            self._seen[name] = now
        if alive:
            self._fruitless.clear()
        lost = [name for name in list(cluster.worker_spec) if await self._is_lost(str(name), now)]
        for name in lost:
            job = cluster.workers.pop(name, None)
            self._seen.pop(str(name), None)
            if job is not None:
                with suppress(OSError):
                    await job.close()
                job.status = Status.closed
        if self._fault is None and set(cluster.worker_spec) - set(cluster.workers):
            await cluster
            if lost:
                numbers = [
                    str(cluster.workers[name].job_id) for name in lost if name in cluster.workers
                ]
                self._say(f"Jobs have ended; submitted in their place: {', '.join(numbers)}.")

    async def _is_lost(self, name: str, now: float) -> bool:
        job = self._cluster.workers.get(name)
        if job is None:
            return False  # on its way in or out
        if name in self._seen:
            return now - self._seen[name] > GRACE
        if job.job_id is None:
            return True
        number = str(job.job_id)
        if now - self._asked.setdefault(number, now) < ASK:
            return False
        self._asked[number] = now
        state = await asyncio.to_thread(SYSTEMS[self._kind].state, number)
        # Its worker may have come while the system was asked.
        if state != "" or name in self._seen:
            return False
        self._fruitless.append(number)
        if len(self._fruitless) >= FRUITLESS:
            jobs = ", ".join(self._fruitless)
            self._fault = (
                f"jobs {jobs}, which ended before a worker came{_last_words(self._logs, number)}"
            )
        return True


def reason(error: BaseException) -> str:
    """Say why a command of the system failed: what it wrote, if it ran at all."""
    wrote = str(error).partition("stderr:\n")[2]
    return " ".join((wrote or f"{type(error).__name__}: {error}").split()).rstrip(".")


def _last_words(logs: Path, number: str) -> str:
    """Return the last line that a job wrote into a log, with what leads to it."""
    own = re.compile(rf"(?<!\d){re.escape(number)}(?!\d)")
    for path in sorted(path for path in logs.glob("*") if own.search(path.name)):
        with suppress(OSError):
            lines = path.read_text(errors="replace").strip().splitlines()
            if lines:
                return f": {lines[-1].strip()[:300]} ({path.name})"
    return ""
