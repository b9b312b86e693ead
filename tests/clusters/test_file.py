"""A cluster's file: what it may say, and how it is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gfe_mc.clusters import connect as clusters
from gfe_mc.clusters.connect import JobQueue, Processes, Scheduler, Threads
from gfe_mc.clusters.scheduler import Certificates
from gfe_mc.clusters.size import Size
from tests.helpers import refused

Read = Callable[[str], clusters.Backend]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def one(text: str) -> clusters.Backend:
        path = tmp_path / "cluster.toml"
        path.write_text(text)
        return clusters.choose(cluster=path, logs=tmp_path / "logs")

    return one


def job_queue(backend: clusters.Backend) -> JobQueue:
    assert isinstance(backend, JobQueue)
    return backend


def test_workers_on_this_machine(read: Read) -> None:
    assert read('kind = "threads"') == Threads(None)
    assert read('kind = "threads"\nthreads = 3') == Threads(3)
    assert read('kind = "processes"\nworkers = 2') == Processes(2)
    assert read('kind = "processes"\nmemory = "2GB"') == Processes(None, "2GB")


def test_scheduler_by_address_or_file(read: Read, tmp_path: Path) -> None:
    assert read('kind = "scheduler"\naddress = "tcp://h:1"') == Scheduler("tcp://h:1")
    found = read('kind = "scheduler"\nscheduler_file = "s.json"\npatience = 2')
    # A path is from the folder of the file that has it.
    assert found == Scheduler(None, 2, tmp_path / "s.json")
    for name in ("ca", "cert", "key"):
        (tmp_path / f"{name}.pem").touch()
    files = 'tls_ca_file = "ca.pem"\ntls_cert = "cert.pem"\ntls_key = "key.pem"'
    found = read(f'kind = "scheduler"\naddress = "tls://h:1"\n{files}')
    paths = [tmp_path / f"{name}.pem" for name in ("ca", "cert", "key")]
    assert found == Scheduler("tls://h:1", certificates=Certificates(*paths))


def test_jobs_of_a_queue(read: Read, tmp_path: Path) -> None:
    found = job_queue(read('kind = "slurm"\njobs = 4\nqueue = "long"'))
    assert found.kind == "slurm"
    assert found.size == Size(4, 4)
    assert found.job.log_folder == tmp_path / "logs"
    found = job_queue(read('kind = "pbs"\nadapt = { maximum = 9 }\nlog_directory = "here"'))
    assert found.size == Size(1, 9)
    assert found.job.log_folder == tmp_path / "here"


def test_kind_must_be_known(read: Read) -> None:
    with refused("must say its `kind`; got", "with none", "threads, processes, scheduler, slurm"):
        read("jobs = 4")
    with refused("must say its `kind`", "'slrum'", "slurm, pbs, moab, sge, lsf, oar, htcondor"):
        read('kind = "slrum"')
    with refused("must be TOML", "cluster.toml"):
        read("kind = slurm")
    with refused("must be TOML", "nowhere.toml: No such file"):
        clusters.choose(cluster=Path("/nowhere.toml"))
    with refused("`kind` must be known", "'slrum'", "slurm"):
        JobQueue("slrum", jobs=1)


def test_one_way_of_saying_it(tmp_path: Path) -> None:
    with refused("Workers are threads", "threads and cluster", "--cluster"):
        clusters.choose(threads=1, cluster=tmp_path / "x.toml")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('kind = "threads"\nworkers = 2', ["kind `threads` must be known", "`workers`", "threads"]),
        ('kind = "threads"\nthreads = "2"', ["`threads` of", "whole number above 0", "'2'"]),
        ('kind = "processes"\nmemory = "much"', ["`memory` must be a size", "'much'"]),
        ('kind = "processes"\nmemory = "2"', ["`memory` must be a size with its unit", "'2'"]),
        ('kind = "scheduler"', ["by its address or by its file", "neither"]),
        ('kind = "scheduler"\naddress = "a"\nscheduler_file = "b"', ["got both"]),
        ('kind = "scheduler"\naddress = "a"\ntls_key = "k"', ["three files", "tls_key", "all of"]),
        (
            'kind = "scheduler"\naddress = "a"\ntls_ca_file = "c"\ntls_cert = "d"\ntls_key = "k"',
            ["Certificates must be files"],
        ),
        ('kind = "slurm"', ["one size", "neither", "jobs = 4, or adapt = "]),
        ('kind = "slurm"\njobs = 1\nadapt = { maximum = 2 }', ["one size", "`jobs` and `adapt`"]),
        ('kind = "slurm"\nadapt = { minimum = 1 }', ["`adapt` must be a table with `maximum`"]),
        ('kind = "slurm"\nadapt = { maximum = 4, minimum = 0 }', ["`minimum`", "got 0", "1 or"]),
        ('kind = "slurm"\nadapt = { maximum = 4, minimum = 5 }', ["minimum below its maximum"]),
        ('kind = "slurm"\nadapt = { maximum = 4, most = 5 }', ["`adapt` must be a table"]),
        ('kind = "slurm"\njobs = 0', ["`jobs` of", "whole number above 0"]),
        ('kind = "slurm"\njobs = 1\nproject = "p"', ["`project`", "account", "walltime"]),
        ('kind = "sge"\njobs = 1\naccount = "p"', ["kind `sge`", "`account`", "project"]),
        ('kind = "slurm"\njobs = 1\nqueue = 3', ["`queue` of", "must be text", "got 3"]),
        ('kind = "slurm"\njobs = 1\nwalltime = "4h"', ["`walltime` must be a time", "04:00:00"]),
        ('kind = "slurm"\njobs = 1\nwalltime = "00:00:00"', ["`walltime` must be a time"]),
        ('kind = "slurm"\njobs = 1\nmemory = "lots"', ["`memory` must be a size"]),
        ('kind = "slurm"\njobs = 1\ncores = 4\nprocesses = 3', ["share `cores` evenly", "3 proc"]),
        ('kind = "slurm"\njobs = 1\ntls = false', ["without certificates", "`host`", "interface"]),
        ('kind = "slurm"\njobs = 1\njob_script_prologue = "a"', ["list of texts", "'a'"]),
        ('kind = "slurm"\njobs = 1\njob_script_prologue = ["a\\nb"]', ["a line in each text"]),
        ('kind = "slurm"\njobs = 1\n[driver]\njobs = 1', ["table `driver`", "`jobs`", "walltime"]),
        ('kind = "slurm"\njobs = 1\n[driver]\nwalltime = "x"', ["`walltime`", "'x'"]),
        ('kind = "gateway"\nworkers = 1\njobs = 2', ["kind `gateway`", "`jobs`", "workers"]),
        ('kind = "gateway"', ["one size", "workers = 4"]),
        ('kind = "kubernetes"\nworkers = 1', ["must have an image"]),
        ('kind = "kubernetes"\nworkers = 1\nimage = "i"\ncores = 1', ["`cores`", "resources"]),
    ],
)
def test_what_it_says_must_hold(read: Read, text: str, parts: list[str]) -> None:
    with refused(*parts, "cluster.toml"):
        read(text)
