"""What the engine costs beside the replications: start-up, and time outside them.

    python experiments/benchmarks/engine.py [--panel income_democracy_balanced.csv]
                                            [--output engine.md]

Table 3 is run by the command line, in processes of its own: once with nothing compiled, once with
everything compiled, and by two threads and by two worker processes.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from gfe_mc.report.render import Table, render
from gfe_mc.study.folder import BLOCKS, DATASET, PROVENANCE


def run(options: list[str], cache: Path, folder: Path) -> dict[str, Any]:
    """Run the study; return its record, with the seconds from the start of the process."""
    started = time.perf_counter()
    command = "from gfe_mc.cli import main; main()"
    with (folder.parent / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", command, "run", "bm_table3", "--output", str(folder), *options],
            env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
            stdout=said,
            stderr=said,
        )
        while not any((folder / BLOCKS).glob("*.npz")) and not (folder / DATASET).exists():
            if process.poll() is not None:
                raise RuntimeError((folder.parent / "said").read_text())
            time.sleep(0.01)
        first_block = time.perf_counter() - started
        process.wait()
    record: dict[str, Any] = json.loads((folder / PROVENANCE).read_text())["runs"][-1]
    return {**record, "first_block": first_block}


def main(
    panel: Annotated[str | None, typer.Option(help="Income and democracy panel (CSV).")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write the table to.")] = None,
    replications: Annotated[int, typer.Option(help="Of each cell.")] = 100,
) -> None:
    """Run, print, and write."""
    chosen = ["--panel", panel] if panel else []
    ways = [
        ("2 threads, nothing compiled", ["--threads", "2"], 2),
        ("2 threads", ["--threads", "2"], replications),
        ("2 processes", ["--workers", "2"], replications),
    ]
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for number, (name, way, size) in enumerate(ways):
            folder = Path(place) / str(number) / "study"
            folder.parent.mkdir()
            record = run(
                [*chosen, *way, "--replications", str(size)], Path(place) / "cache", folder
            )
            spent = record["wall_seconds"] * record["slots"]
            inside = record["seconds_inside_replications"]
            rows.append(
                (
                    name,
                    str(record["replications"]),
                    f"{record['first_block']:.1f}",
                    f"{record['wall_seconds']:.1f}",
                    f"{inside:.1f}",
                    f"{spent / inside:.3f}",
                )
            )
    made = Table(
        "Table 3 by the command line",
        ("workers", "fits", "s to first block", "s of running", "s inside", "ratio"),
        tuple(rows),
        (
            "To the first block: from the start of the process. Ratio: seconds of running times "
            "workers, over the seconds inside replications.",
        ),
    )
    text = render(made, "markdown")
    print(text)
    if output:
        output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
