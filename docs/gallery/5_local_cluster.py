# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A local cluster
#
# A study needs no cluster, and looks the same on one. Here it runs in worker processes of this
# machine, from the command line, as it would in the jobs of a queue: the file of the study is the
# same, and so are the numbers; only the few lines that say where the workers are differ. The
# workers listen on this machine's loopback alone, let nobody in without the certificate of the
# run, and end with it.

# %%
# %matplotlib inline
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from gfe_mc import read_study
from gfe_mc.report.figures.coverage import coverage

REPLICATIONS = os.environ.get("GFE_MC_GALLERY", "200")
place = TemporaryDirectory()
folder = Path(place.name)

# %% [markdown]
# ## The study
#
# A study is a file that sets `experiment`. This one asks how often 95% intervals of the slope hold
# it where groups are estimated, by standard errors that take them as known.

# %%
(folder / "study.py").write_text("""
from gfe_mc import GFE, Experiment, Genetic, GroupedEffects, LargeT, OracleGFE, Report

def design(panel, T):
    return GroupedEffects(60, T, 3, separation=2.0)

def estimators(T):
    groups = tuple(design(None, T).groups.tolist())
    return {"known": OracleGFE(groups), "estimated": GFE(3, Genetic(hits=5))}

errors = {"clustered": LargeT()}
experiment = Experiment(
    name="coverage_by_periods",
    title="Coverage where groups are estimated",
    source="of our own",
    factors={"T": (4, 8, 16)},
    dgp=design,
    estimators=estimators,
    inference={"known": errors, "estimated": errors},
    parameters=("theta1",),
    report=Report(),
)
""")

# %% [markdown]
# ## The cluster
#
# With a scheduler of jobs the file would begin with `kind = "slurm"`, and say how many jobs, cores
# and hours.

# %%
(folder / "cluster.toml").write_text("""
kind = "processes"
workers = 2
memory = "2GB"
""")


# %%
def command(*words: str) -> str:
    """Run `gfe-mc` in the folder, and return what it prints, but for how far it is."""
    done = subprocess.run(
        [sys.executable, "-m", "gfe_mc", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


print(command("run", "study.py", "--replications", REPLICATIONS, "--cluster", "cluster.toml"))

# %% [markdown]
# While it runs it shows how far it is, and `gfe-mc status` says so from another shell. Once it has
# ended, the same command finds that nothing is missing, and starts no worker:

# %%
command("run", "study.py", "--replications", REPLICATIONS, "--cluster", "cluster.toml")
results = folder / "results" / "coverage_by_periods"
provenance = json.loads((results / "provenance.json").read_text())
print("runs that computed something:", len(provenance["runs"]))

# %% [markdown]
# ## What is left
#
# The dataset, the tables, and where they come from:

# %%
print(sorted(path.name for path in results.iterdir() if not path.name.startswith(".")))

# %% [markdown]
# Where the bounds of a coverage leave 95% out, the intervals are too short, or too long; where
# they do not, more replications might.

# %%
study = read_study(results)
coverage(study)

# %% [markdown]
# ## Its page
#
# `report --html` makes one file that holds everything, to be sent or put on the web: tables,
# figures, what failed, the declaration, versions and machine. It needs nothing else, and has no
# scripts.

# %%
command("report", "study.py", "--html")
page = (results / "report.html").read_text()
print([re.sub(r"<.*?>", "", title) for title in re.findall(r"<h2.*?>(.*?)</h2>", page)])
place.cleanup()
