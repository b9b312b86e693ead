"""Engines that are compared: the package at a revision, each in a process of its own.

A server reads tasks, a line of JSON each, and answers each with a line: so engines take turns, and
what is compared was measured in the same minutes. The server of an earlier revision is this file
with that revision's package, and uses nothing of it but what users call.
"""

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from gfe_mc import FCR, GFE, VNS, CKMeans, Genetic, MultiStart, Panel
from gfe_mc.fit import Fit

SEARCHES = {kind.__name__: kind for kind in (Genetic, MultiStart, VNS)}
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")


@contextlib.contextmanager
def checked_out(revision: str | None) -> Iterator[Path]:
    """Lend the tree of a revision for a time; the tree that this file is in if there is none."""
    here = Path(__file__).resolve().parents[2]
    if revision is None:
        yield here
        return
    with tempfile.TemporaryDirectory(prefix="gfe-mc-") as place:
        tree = Path(place) / "tree"
        git = ["git", "-C", str(here), "worktree"]
        subprocess.run([*git, "add", "--detach", "--quiet", str(tree), revision], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def environment(tree: Path) -> dict[str, str]:
    """Return the environment in which the package is that of a tree, on one thread."""
    return {**os.environ, **ONE_THREAD, "PYTHONPATH": str(tree)}


class Engine:
    """A server, started when it is first asked, and anew after one that was stopped."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._process: subprocess.Popen[str] | None = None
        self._warm: set[str] = set()

    def ask(self, task: dict[str, Any], patience: float = 3600.0) -> dict[str, Any] | None:
        """Return the answer to a task; None if it took longer than so many seconds.

        Raises
        ------
        RuntimeError
            The server ended; it has said why.
        """
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__],
                env=environment(self._tree),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], patience)[0]:
            self.close()
            return None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the engine of {self._tree} ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def warm_up(self, task: dict[str, Any]) -> None:
        """Do a small task of a kind once, so that all is compiled and loaded before a clock runs.

        A server that was stopped has to do it again.
        """
        words = task["estimator"]
        kind = f"{words['kind']} {words.get('search')} {task['panel']}"
        if kind not in self._warm:
            self.ask(task)
            self._warm.add(kind)

    def close(self) -> None:
        """Stop the server."""
        self._warm.clear()
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def write_panel(path: Path, panel: Panel) -> str:
    """Write a panel where engines find it; return its path for tasks."""
    np.savez(path, y=panel.y, x=panel.x)
    return str(path)


def gfe(groups: int, search: str | None = None, **options: Any) -> dict[str, Any]:
    """Return the words for GFE by a search, the default one if none is named."""
    return {"kind": "gfe", "groups": groups, "search": search, "options": options}


@lru_cache(maxsize=4)
def _panel(path: str) -> Panel:
    arrays = np.load(path)
    return Panel.from_arrays(arrays["y"], arrays["x"])


def _searched(words: dict[str, Any]) -> GFE:
    if words["search"] is None:
        return GFE(words["groups"])
    return GFE(words["groups"], SEARCHES[words["search"]](**words["options"]))


def iterated(panel: Panel, groups: int, patience: int, rng: np.random.Generator) -> tuple[Any, int]:
    """Search by kicks: disturb the best fit, improve it again, keep what is better.

    Kicks take turns: one profile is moved to a random unit, or some random units change their
    group. A step is what Algorithm 2 does from there with a neighborhood of one unit: Algorithm 1
    and single-unit moves. The search ends after `patience` kicks in a row without a better fit.
    """
    n_units = panel.shape[0]
    step = GFE(groups, VNS(starts=1, neighborhoods=1, iterations=0))
    best, fruitless, kicks = step.fit(panel, rng), 0, 0
    while fruitless < patience:
        net = panel.y - panel.x @ best.theta
        alpha = best.alpha.copy()
        if kicks % 2:
            alpha[rng.integers(groups)] = net[rng.integers(n_units)]
        else:
            moved = best.groups.copy()
            moved[rng.integers(n_units, size=max(2, n_units // 20))] = rng.integers(groups)
            for g in range(groups):
                if (moved == g).any():
                    alpha[g] = net[moved == g].mean(axis=0)
        fit = step.fit(panel, rng, start=Fit(theta=best.theta, alpha=alpha, groups=best.groups))
        kicks, fruitless = kicks + 1, fruitless + 1
        if fit.objective < best.objective * (1.0 - 1e-9):
            best, fruitless = fit, 0
    return best.objective, kicks


def _k_means(panel: Panel, groups: int, starts: int, seed: int) -> tuple[float, int]:
    from sklearn.cluster import KMeans  # type: ignore[import-not-found,import-untyped,unused-ignore]

    found = KMeans(groups, n_init=starts, random_state=seed, tol=0.0).fit(panel.y)
    return float(found.inertia_), starts


def answer(task: dict[str, Any]) -> dict[str, Any]:
    """Do a task: fit a panel by an estimator, with the generator of a seed."""
    panel, words, seed = _panel(task["panel"]), task["estimator"], task["seed"]
    rng, groups = np.random.default_rng(seed), words["groups"]
    before = time.process_time()
    if words["kind"] == "iterated":
        objective, tries = iterated(panel, groups, words["patience"], rng)
    elif words["kind"] == "k-means":
        objective, tries = _k_means(panel, groups, words["starts"], seed)
    else:
        fit: Any
        if words["kind"] == "gfe":
            fit = _searched(words).fit(panel, rng)
        else:
            fit = {"fcr": FCR, "ck-means": CKMeans}[words["kind"]](groups, **words["options"]).fit(
                panel, rng
            )
        objective, tries = fit.objective, fit.n_tries
    seconds = time.process_time() - before
    return {"objective": float(objective), "tries": int(tries), "seconds": seconds}


def main() -> None:
    """Serve."""
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
