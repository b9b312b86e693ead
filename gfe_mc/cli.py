"""The command line: wiring and help texts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Self

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from typer.core import TyperCommand

from gfe_mc.errors import InputError
from gfe_mc.version import __version__

app = typer.Typer(
    help="Monte Carlo studies of estimators for panels whose units fall into unknown groups.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="Public data sets.", no_args_is_help=True)
app.add_typer(data_app, name="data")

errors = Console(stderr=True, highlight=False, soft_wrap=True)

Name = Annotated[str, typer.Argument(help="Name of an experiment, or path of a Python file.")]
PanelPath = Annotated[
    str | None, typer.Option("--panel", help="Panel file (.csv, .parquet, .dta) to calibrate to.")
]
Output = Annotated[
    Path | None, typer.Option("--output", help="Folder of the results; results/NAME if left out.")
]
Seed = Annotated[int | None, typer.Option(help="Root seed; the experiment's own if left out.")]
Format = Annotated[str, typer.Option("--format", help="text, markdown, latex, csv or html.")]


class _SeveralRegressors(TyperCommand):
    """A command whose --regressors takes several names, until the next option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        repeated: list[str] = []
        listing = False
        for arg in args:
            if arg.startswith("-"):
                listing = arg == "--regressors"
                if not listing:
                    repeated.append(arg)
            else:
                repeated += ["--regressors", arg] if listing else [arg]
        return super().parse_args(ctx, repeated)


@app.callback(invoke_without_command=True)
def version_(
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """Show the version where asked."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command("list")
def list_() -> None:
    """Show the experiments: their source, their size and their cost."""
    from gfe_mc.study import catalogue

    for name in catalogue.names():
        experiment = catalogue.find(name)
        grid = ", ".join(f"{factor}={list(v)}" for factor, v in experiment.factors.items())
        typer.echo(f"{name}: {experiment.title}\n    {experiment.source}")
        typer.echo(f"    {grid}; {experiment.replications} replications; {experiment.cost}")


@app.command()
def run(
    name: Name,
    panel: PanelPath = None,
    replications: Annotated[
        int | None, typer.Option(help="How many; the experiment's own number if left out.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(help="Worker threads in one process; every core by default.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Worker processes, for estimators that hold the GIL.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler that is there.")
    ] = None,
    seed: Seed = None,
    output: Output = None,
    format: Format = "text",  # noqa: A002
    block_seconds: Annotated[
        float, typer.Option(help="How long a task should take; results do not depend on it.")
    ] = 1.5,
) -> None:
    """Run a study, or what is missing of it, and print its tables."""
    from gfe_mc.clusters import connect as clusters
    from gfe_mc.report import render
    from gfe_mc.report import study as report
    from gfe_mc.study import catalogue
    from gfe_mc.study import run as study

    render.require_format(format)
    experiment = catalogue.find(name)
    backend = clusters.choose(threads=threads, workers=workers, scheduler=scheduler)
    source = study.read_panel(experiment, panel, output)
    plan = experiment.plan(source.panel, replications=replications, seed=seed)
    folder = output or study.default_folder(experiment, source)
    with _kept(), _Bar() as bar:
        dataset = study.run_study(
            plan,
            folder,
            backend=backend,
            source=source,
            block_seconds=block_seconds,
            begin=bar.begin,
            report=bar.update,
        )
    report.write_report(folder, dataset)
    typer.echo(report.render_report(dataset, format, brief=True))
    _draw_figures(folder, dataset)
    errors.print(f"Results are in {folder}; every figure is in its {report.TABLE}.")


@app.command("report")
def report_(
    name: Name,
    output: Output = None,
    format: Format = "text",  # noqa: A002
    write: Annotated[
        bool, typer.Option("--write", help="Also write tables, summary and figures anew.")
    ] = False,
) -> None:
    """Print the tables of a study from its store; nothing is run."""
    from gfe_mc.report import render
    from gfe_mc.report import study as report

    render.require_format(format)
    folder = output or report.find_folder(name)
    dataset = report.read_study(folder)
    typer.echo(report.render_report(dataset, format))
    if write:
        report.write_report(folder, dataset)
        _draw_figures(folder, dataset)
    errors.print(f"Read from {folder}.")


@app.command()
def replay(
    name: Name,
    cell: Annotated[int, typer.Option(help="Number of the cell, from 0.")],
    replication: Annotated[int, typer.Option(help="Number of the replication, from 0.")],
    estimator: Annotated[
        str | None, typer.Option(help="Name of an estimator; all of the cell if left out.")
    ] = None,
    panel: PanelPath = None,
    seed: Seed = None,
    output: Output = None,
) -> None:
    """Run one replication again, alone, and compare it with the store."""
    from gfe_mc.report import study as report
    from gfe_mc.study import catalogue, replay
    from gfe_mc.study import run as study

    experiment = catalogue.find(name)
    folder = output or report.find_folder(name, missing_ok=True)
    source = study.read_panel(experiment, panel, folder)
    plan = experiment.plan(source.panel, seed=seed)
    typer.echo(replay.describe(plan, cell, replication, estimator, folder))


@app.command(cls=_SeveralRegressors)
def fit(
    path: Annotated[str, typer.Argument(help="Panel file (.csv, .parquet, .dta), in long form.")],
    outcome: Annotated[str, typer.Option(help="Column with the outcome.")],
    unit: Annotated[str, typer.Option(help="Column with the names of the units.")],
    time: Annotated[str, typer.Option(help="Column with the periods.")],
    regressors: Annotated[
        list[str] | None, typer.Option(help="Columns with the regressors, one or several.")
    ] = None,
    groups: Annotated[int | None, typer.Option(help="Number of groups.")] = None,
    groups_max: Annotated[
        int | None, typer.Option(help="Choose the number of groups from 1 to this one.")
    ] = None,
    penalty: Annotated[str, typer.Option(help="bic or steep_bic, to choose by.")] = "bic",
    bandwidth: Annotated[
        str, typer.Option(help="Of the fixed-T variance: rule, silverman, or a number.")
    ] = "rule",
    bootstrap: Annotated[int, typer.Option(help="Bootstrap draws; none if 0.")] = 100,
    seed: Annotated[int, typer.Option(help="Seed of searches and bootstrap.")] = 0,
    format: Annotated[  # noqa: A002
        str, typer.Option("--format", help="text, json, csv, latex, markdown or html.")
    ] = "text",
    figure: Annotated[
        Path | None, typer.Option(help="Draw the profiles into FIGURE.svg and FIGURE.png.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
) -> None:
    """Fit groups to a panel: coefficients with three standard errors, groups and profiles."""
    from gfe_mc import summary as analysis
    from gfe_mc.data.columns import Columns

    analysis.require_format(format)
    panel = Columns(outcome, tuple(regressors or ()), unit, time).read(path)
    summary = analysis.fit_panel(
        panel,
        groups=groups,
        maximum=groups_max,
        penalty=penalty,
        bandwidth=analysis.read_bandwidth(bandwidth),
        bootstrap=bootstrap,
        seed=seed,
    )
    written = [*analysis.write(summary.render(format), output), *summary.save_figure(figure)]
    if output is None:
        typer.echo(summary.render(format))
    for made in written:
        errors.print(f"Written: {made}")


@data_app.command("fetch")
def fetch_(
    name: Annotated[str, typer.Argument(help="Name of the data set.")] = "income_democracy",
    url: Annotated[str | None, typer.Option(help="Another address of the same file.")] = None,
) -> None:
    """Download a public data set and check its hash; studies then use it without --panel."""
    from gfe_mc.data.datasets import DATASETS
    from gfe_mc.data.fetch import fetch

    path = fetch(name, url=url)
    typer.echo(f"{DATASETS[name].title}: {path}\nPlease cite: {DATASETS[name].citation}")


def _draw_figures(folder: Path, dataset: Any) -> None:
    """Draw the figures of a study; where that cannot be, say why: its results are there."""
    from gfe_mc.report import study as report

    try:
        for path in report.draw_figures(folder, dataset):
            errors.print(f"Drawn: {path}")
    except InputError as error:
        errors.print(f"Figures were left out. {error}", markup=False)


class _Bar:
    """A progress bar on standard error, with the time that is left and what failed."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("failed {task.fields[failed]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=errors,
        )
        self._task: Any = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begin(self, dashboard: str) -> None:
        errors.print(f"Dashboard: {dashboard}")

    def update(self, tally: Any) -> None:
        if self._task is None:
            self._task = self._progress.add_task("replications", failed=0)
        self._progress.update(
            self._task, total=tally.planned, completed=tally.done, failed=tally.failed
        )


@contextmanager
def _kept() -> Iterator[None]:
    """Say what becomes of a run that was stopped."""
    from gfe_mc.study.runner import ClusterLostError

    kept = "What is finished is kept: the same command goes on from there."
    try:
        yield
    except KeyboardInterrupt:
        errors.print(f"Interrupted. {kept}")
        raise typer.Exit(130) from None
    except ClusterLostError as error:
        errors.print(f"Error: {error}. {kept}", style="red", markup=False)
        raise typer.Exit(1) from None


def main() -> None:
    """Run the command line; bad input ends with a message and exit code 2."""
    try:
        app()
    except InputError as error:
        errors.print(f"Error: {error}", style="red", markup=False)
        sys.exit(2)
