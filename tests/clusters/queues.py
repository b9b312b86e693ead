"""Queues of jobs for tests: one that only pretends, and a SLURM of this machine's own.

The second needs Debian's packages slurmctld, slurmd, slurm-client and slurm-wlm-basic-plugins:
installed, or unpacked into a folder that the variable GFE_MC_SLURM names. It listens on loopback
only, needs no other account than the one that runs it, and ends with the test.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path

import pytest

UNPACKED = "GFE_MC_SLURM"
_PROGRAMS = ("slurmctld", "slurmd", "slurmstepd")

_SBATCH = r"""#!/usr/bin/env bash
place=$(dirname "$0")/jobs
[ -e "$place/refusal" ] && { cat "$place/refusal" >&2; exit 1; }
number=1
until mkdir "$place/$number" 2>/dev/null; do number=$((number + 1)); done
cp "$1" "$place/$number/script"
log=$(sed -n "s/^#SBATCH -e //p" "$1" | sed "s/%J/$number/")
setsid bash "$place/$number/script" >"$log" 2>&1 </dev/null &
echo $! >"$place/$number/pid"
echo "Submitted batch job $number"
"""
_SCANCEL = r"""#!/usr/bin/env bash
pid=$(cat "$(dirname "$0")/jobs/$1/pid") || exit 1
kill -TERM -- "-$pid" 2>/dev/null || true
"""
_SQUEUE = r"""#!/usr/bin/env bash
pid=$(cat "$(dirname "$0")/jobs/$3/pid" 2>/dev/null) ||
    { echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1; }
case $(ps -o stat= -p "$pid") in
    "" | Z*) ;;
    *) echo RUNNING ;;
esac
"""


def pretend(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put commands of SLURM's names on the path that run jobs here at once; return their folder."""
    (folder / "jobs").mkdir(parents=True)
    for name, text in {"sbatch": _SBATCH, "scancel": _SCANCEL, "squeue": _SQUEUE}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def jobs_of(folder: Path) -> list[int]:
    """Return the numbers of the jobs that a queue that pretends was ever given."""
    return sorted(int(path.name) for path in (folder / "jobs").iterdir() if path.is_dir())


@contextmanager
def slurm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a SLURM of one node on loopback, with its commands on the path; skip where there is none.

    Its node has more cores than the machine may have: what runs there waits more than it computes.
    """
    root = Path(os.environ.get(UNPACKED, "/"))
    found = {name: _find(root, name) for name in _PROGRAMS}
    libraries = next(iter(root.glob("usr/lib/*/slurm-wlm")), None)
    if libraries is None or not all(found.values()):
        pytest.skip(
            "needs Debian's packages slurmctld, slurmd, slurm-client and slurm-wlm-basic-plugins, "
            f"installed or unpacked into the folder that {UNPACKED} names"
        )
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    configuration = folder / "slurm.conf"
    configuration.write_text(_configuration(folder, libraries))
    monkeypatch.setenv("SLURM_CONF", str(configuration))
    if root != Path("/"):
        paths = [str(libraries), str(libraries.parent)]
        monkeypatch.setenv("LD_LIBRARY_PATH", os.pathsep.join(paths))
        bins = [str(root / "usr" / "bin"), os.environ["PATH"]]
        monkeypatch.setenv("PATH", os.pathsep.join(bins))
    started = []
    try:
        for command in (
            [found["slurmctld"], "-D", "-f", configuration],
            [found["slurmd"], "-D", "-f", configuration, "-d", found["slurmstepd"], "-N", "here"],
        ):
            with (folder / f"{Path(str(command[0])).name}.log").open("wb") as log:
                words = [str(word) for word in command]
                started.append(subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT))
        _wait_until_idle()
        yield
        subprocess.run(["scancel", "--user", getuser()], capture_output=True)
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(60)


def _find(root: Path, name: str) -> Path | None:
    for path in (root / "usr" / "sbin" / f"{name}-wlm", root / "usr" / "sbin" / name):
        if path.exists():
            return path
    found = shutil.which(name)
    return None if found is None else Path(found)


def _configuration(folder: Path, libraries: Path) -> str:
    user = getuser()
    return f"""
ClusterName=test
SlurmctldHost={socket.gethostname()}(127.0.0.1)
AuthType=auth/none
CredType=cred/none
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={_free_port()}
SlurmdPort={_free_port()}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
PluginDir={libraries}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmdParameters=config_overrides
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
KillWait=60
NodeName=here NodeHostname={socket.gethostname()} NodeAddr=127.0.0.1 CPUs=8 RealMemory=16000
PartitionName=debug Nodes=here Default=YES State=UP
"""


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_until_idle() -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        asked = ["sinfo", "--noheader", "--format", "%t"]
        done = subprocess.run(asked, capture_output=True, text=True)
        if done.stdout.strip() == "idle":
            return
        time.sleep(0.5)
    pytest.fail(f"SLURM did not come up: {done.stdout} {done.stderr}")
