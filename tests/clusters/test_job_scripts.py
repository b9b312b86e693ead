"""What each system is asked for: scripts of workers' jobs, and of a run that is detached."""

from __future__ import annotations

import inspect
import shlex
import sys
from pathlib import Path
from typing import Any

import dask
import pytest

from gfe_mc.clusters import driver, settings
from gfe_mc.clusters.connect import JobQueue
from gfe_mc.clusters.keeper import job_of
from gfe_mc.clusters.systems import SYSTEMS
from tests.helpers import refused

COMMON: dict[str, Any] = {"jobs": 2, "cores": 4, "memory": "8GB"}
OWN: dict[str, dict[str, Any]] = {
    "slurm": {"queue": "long", "account": "me", "walltime": "1-02:00:00"},
    "pbs": {"queue": "long", "account": "me", "walltime": "26:00:00"},
    "moab": {"queue": "long", "account": "me", "walltime": "26:00:00"},
    "sge": {"queue": "long", "project": "me", "resource_spec": "h_vmem=2G", "walltime": "26:00:00"},
    "lsf": {"queue": "long", "project": "me", "walltime": "26:00:00", "lsf_units": "mb"},
    "oar": {
        "queue": "long",
        "project": "me",
        "walltime": "26:00:00",
        "memory_per_core_property_name": "memcore",
    },
    "htcondor": {"disk": "2GB", "job_extra_directives": {"+Group": '"me"'}},
}
ASKED = {
    "slurm": [
        *("#SBATCH -J gfe-mc", "#SBATCH -p long", "#SBATCH -A me", "#SBATCH -n 1"),
        *("#SBATCH --cpus-per-task=4", "#SBATCH --mem=8G", "#SBATCH -t 26:00:00"),
    ],
    "pbs": [
        *("#PBS -N gfe-mc", "#PBS -q long", "#PBS -A me"),
        *("#PBS -l select=1:ncpus=4:mem=7630MB", "#PBS -l walltime=26:00:00"),
    ],
    "moab": [
        *("#PBS -N gfe-mc", "#PBS -q long", "#PBS -A me"),
        *("#PBS -l select=1:ncpus=4:mem=7630MB", "#PBS -l walltime=26:00:00"),
    ],
    "sge": [
        *("#$ -N gfe-mc", "#$ -q long", "#$ -P me"),
        *("#$ -l h_vmem=2G", "#$ -l h_rt=26:00:00", "#$ -cwd"),
    ],
    "lsf": [
        *("#BSUB -J gfe-mc", "#BSUB -q long", '#BSUB -P "me"', "#BSUB -n 4"),
        *('#BSUB -R "span[hosts=1]"', "#BSUB -M 8000", "#BSUB -W 26:00"),
    ],
    "oar": [
        *("#OAR -n gfe-mc", "#OAR -q long", "#OAR --project me"),
        *("#OAR -l /nodes=1/core=4,walltime=26:00:00", "#OAR -p memcore>=1908"),
    ],
    "htcondor": [
        *("MY.DaskWorkerCores = 4", "MY.DaskWorkerMemory = 8000000000"),
        *("MY.DaskWorkerDisk = 2000000000", '+Group = "me"', "Queue"),
    ],
}


def script(kind: str, **more: Any) -> str:
    """The script of a worker's job, as dask-jobqueue submits it."""
    queue = JobQueue(kind, **{**COMMON, **OWN[kind], **more})
    job_class = queue.make_class().job_cls
    return str(job_class("tls://127.0.0.1:8786", name="one", **queue.job.of_workers()).job_script())


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", SYSTEMS)
def test_what_a_system_is_asked_for(kind: str) -> None:
    lines = script(kind).splitlines()
    for asked in ASKED[kind]:
        assert asked in lines


@pytest.mark.parametrize("kind", SYSTEMS)
def test_one_thread_a_process_and_an_end_before_the_limit(kind: str) -> None:
    text = script(kind)
    assert "distributed.cli.dask_worker tls://127.0.0.1:8786 --name one --nthreads 1" in text
    assert "--memory-limit 1.86GiB --nworkers 4" in text
    if kind == "htcondor":  # which has no limit of its own
        assert "--lifetime" not in text
    else:
        assert "--lifetime 88620s --lifetime-stagger 300s" in text
    assert "--no-dashboard --dashboard-address 127.0.0.1:0" in text
    assert sys.executable in text


@pytest.mark.parametrize("kind", SYSTEMS)
def test_environment_comes_before_what_the_user_adds(kind: str) -> None:
    text = script(kind, job_script_prologue=["module load mine"])
    for name, value in settings.environment().items():
        value = shlex.quote(value)
        if kind == "htcondor":
            value = value.replace("'", "''").replace('"', '""')
        assert f"export {name}={value}" in text
    assert text.index("OMP_NUM_THREADS=1") < text.index("NUMBA_CACHE_DIR=/tmp/gfe_mc-numba-")
    assert text.index("NUMBA_CACHE_DIR=") < text.index("module load mine")
    assert text.index("module load mine") < text.index("dask_worker")


def test_settings_reach_dask_by_the_environment() -> None:
    read = dask.config.collect_env(settings.environment())
    for key, value in settings.SETTINGS.items():
        if not key.startswith("distributed.scheduler."):
            assert dask.config.get(key, config=read) == value


def test_what_is_given_stands() -> None:
    text = script("slurm", processes=2, worker_extra_args=["--lifetime", "9m"], python="py")
    assert "py -m distributed" in text
    assert "--nthreads 2" in text
    assert "--nworkers 2" in text
    assert text.count("--lifetime") == 1


def test_defaults_and_what_the_site_has_configured() -> None:
    bare = JobQueue("slurm", jobs=1)
    bare.make_class()
    options = bare.job.of_workers()
    assert (options["cores"], options["processes"], options["memory"]) == (1, 1, "2GB")
    assert options["walltime"] == "00:30:00"
    site = {"cores": 8, "memory": "64GB", "walltime": "12:00:00", "queue": "shared"}
    with dask.config.set({"jobqueue.slurm": {**dask.config.get("jobqueue.slurm"), **site}}):
        options = bare.job.of_workers()
    assert (options["cores"], options["processes"], options["memory"]) == (8, 8, "64GB")
    assert options["walltime"] == "12:00:00"
    lsf = JobQueue("lsf", jobs=1).job.of_workers()
    assert lsf["walltime"] == "00:30"


@pytest.mark.parametrize("kind", SYSTEMS)
def test_a_run_that_is_detached(kind: str) -> None:
    own = {} if kind == "htcondor" else {"driver": {"walltime": "50:00:00", "memory": "3GB"}}
    queue = JobQueue(kind, **{**COMMON, **OWN[kind], **own})
    lines = ["cd '/my place'", "exec python -m gfe_mc run it >>log 2>&1"]
    text = driver.make_job(queue.make_class().job_cls, queue.job.of_driver(), lines).job_script()
    assert "dask_worker" not in text
    assert text.index("OMP_NUM_THREADS") < text.index("my place") < text.index("exec python")
    if kind == "htcondor":
        assert "cd ''/my place''; exec python -m gfe_mc run it >>log 2>&1" in text
        assert "MY.DaskWorkerCores = 1" in text
        return
    limit = "50:00" if kind == "lsf" else "50:00:00"
    assert limit in text
    assert "26:00" not in text
    named = [line for line in text.splitlines() if "long" in line]
    assert len(named) == 1  # the queue of the workers, as no other is given


def parameters(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters)


@pytest.mark.parametrize("kind", SYSTEMS)
def test_options_are_those_of_dask_jobqueue(kind: str) -> None:
    cluster = JobQueue(kind, jobs=1).make_class()
    theirs = parameters(cluster.job_cls.__init__)
    for base in cluster.job_cls.__mro__[1:-1]:
        theirs |= parameters(base.__init__)
    renamed = {"extra", "job_extra", "env_extra", "header_skip"}
    renamed |= {"project"} if kind in ("slurm", "pbs", "moab") else set()
    ours_alone = {"self", "scheduler", "name", "protocol", "security", "base_class_kwargs"}
    ours_alone |= {"args", "kwargs"}
    assert set(SYSTEMS[kind].options) == theirs - renamed - ours_alone
    assert cluster.job_cls.cancel_command.split() == list(SYSTEMS[kind].cancel)


def test_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask_jobqueue", None)
    with refused("dask-jobqueue must be installed for a cluster of the kind `slurm`"):
        JobQueue("slurm", jobs=1).make_class()


@pytest.mark.parametrize(
    ("name", "job"),
    [
        ("SLURMCluster-3", "SLURMCluster-3"),
        ("SLURMCluster-3-0", "SLURMCluster-3"),
        ("SLURMCluster-13-10", "SLURMCluster-13"),
    ],
)
def test_job_of_a_worker(name: str, job: str) -> None:
    worker = type("Worker", (), {"name": name})
    assert job_of(worker) == job
