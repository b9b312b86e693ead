"""The command line: wiring and help texts."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from gfe_mc import paths
from gfe_mc.console import KEPT, errors, guarded, say
from gfe_mc.errors import InputError, require, require_whole
from gfe_mc.progress import display
from gfe_mc.version import __version__
from gfe_mc.visible import visible


class _Commands(TyperGroup):
    """All commands."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            say("Interrupted.")
            raise typer.Exit(130) from None
        except SystemExit as stop:  # none of ours: those come later
            raise InputError(
                "The code of a study must not end the program",
                f"SystemExit({stop.code!r})",
                "Take exit() out of it, and raise an exception instead",
            ) from None


def _absolute(typed: str | None) -> Path | None:
    """Make a path of an option hold wherever the program goes."""
    return None if typed is None else paths.absolute(typed)


def _folders(typed: list[str]) -> list[Path]:
    """Make paths of arguments hold wherever the program goes."""
    return [paths.absolute(one) for one in typed]


def _seconds(param: typer.CallbackParam, value: float | None) -> float | None:
    """Refuse what is no time."""
    require(
        value is None or (value > 0 and math.isfinite(value)),
        f"`{param.name}` must be a positive number of seconds",
        value,
        "Give a number above 0, or leave it out",
    )
    return value


def _from_zero(param: typer.CallbackParam, value: int | None) -> int | None:
    """Refuse a number below 0."""
    return None if value is None else require_whole(str(param.name), value, 0)


def _path(*names: str, help: str) -> Any:  # noqa: A002
    """Make an option that takes a path."""
    return typer.Option(*names, help=help, parser=str, callback=_absolute, metavar="PATH")


app = typer.Typer(
    cls=_Commands,
    help="Monte Carlo studies of estimators for panels whose units fall into unknown groups.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="Public data sets.", no_args_is_help=True)
app.add_typer(data_app, name="data")


def _known(incomplete: str) -> list[str]:
    """Names of experiments that begin so: a shell offers them, and paths of files by itself."""
    from gfe_mc.study import catalogue

    return [name for name in catalogue.names() if name.startswith(incomplete)]


Name = Annotated[
    str,
    typer.Argument(help="Name of an experiment, or path of a Python file.", autocompletion=_known),
]
PanelPath = Annotated[
    Path | None, _path("--panel", help="Panel file (.csv, .parquet, .dta) to calibrate to.")
]
Output = Annotated[
    Path | None, _path("--output", help="Folder of the results; results/NAME if left out.")
]
Seed = Annotated[int | None, typer.Option(help="Root seed; the experiment's own if left out.")]
Format = Annotated[str, typer.Option("--format", help="text, markdown, latex, csv or html.")]
Replications = Annotated[
    int | None, typer.Option(help="How many; the experiment's own number if left out.")
]
Grid = Annotated[
    list[str] | None,
    typer.Option(
        "--grid", help="Other values of a factor, as in --grid N=50,100 --grid T=5; a part then."
    ),
]
Some = Annotated[
    str | None, typer.Option("--estimators", help="Only these of its estimators, as in gfe,fcr.")
]
Target = Annotated[
    str | None,
    typer.Option(
        help="Instead of a number: until these Monte Carlo errors are reached in every cell, as in "
        '"misclassification<=0.002,coverage[theta1]<=0.01".'
    ),
]
Least = Annotated[
    int | None, typer.Option("--min-replications", help="Of a target; 100 if left out.")
]
Most = Annotated[
    int | None,
    typer.Option(
        "--max-replications", help="Of a target; the experiment's own number if left out."
    ),
]


def _part(experiment: Any, grid: list[str] | None, estimators: str | None) -> Any:
    """Return a part of an experiment, where one is asked for."""
    from gfe_mc.study.part import parsed, part_of

    names = [] if estimators is None else [one.strip() for one in estimators.split(",")]
    return part_of(experiment, parsed(grid or [], experiment), names)


UNFINISHED = 3
"""Exit code of a run that had no more time: the same command goes on."""
SEVERAL = (
    "--regressors",
    "--common",
    "--individual",
    "--group-specific",
    "--secondary",
    "--characteristics",
    "--membership-only",
    "--prior",
    "--must-link",
    "--cannot-link",
)
"""Options that take several names or numbers, until the next option."""


class _SeveralNames(TyperCommand):
    """A command some of whose options take several names, until the next option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        repeated: list[str] = []
        listing = ""
        for arg in args:
            if arg.startswith("-"):
                listing = arg if arg in SEVERAL else ""
                if not listing:
                    repeated.append(arg)
            else:
                repeated += [listing, arg] if listing else [arg]
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
    grid: Grid = None,
    estimators: Some = None,
    replications: Replications = None,
    target: Target = None,
    min_replications: Least = None,
    max_replications: Most = None,
    start: Annotated[
        int,
        typer.Option(
            "--from",
            callback=_from_zero,
            help="Begin with this replication: another machine runs those before.",
        ),
    ] = 0,
    threads: Annotated[
        int | None, typer.Option(help="Worker threads in one process; every core by default.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Worker processes, for estimators that hold the GIL.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler that is there.")
    ] = None,
    cluster: Annotated[
        Path | None, _path("--cluster", help="File (TOML) that describes where the workers are.")
    ] = None,
    detach: Annotated[
        bool,
        typer.Option(
            "--detach", help="Go on without this terminal: as a job of the cluster's queue, if any."
        ),
    ] = False,
    patience: Annotated[
        float | None,
        typer.Option(
            callback=_seconds,
            help="Seconds to wait for the scheduler and its first worker; if left out, a worker is "
            "waited for as long as it takes.",
        ),
    ] = None,
    seed: Seed = None,
    output: Output = None,
    format: Format = "text",  # noqa: A002
    block_seconds: Annotated[
        float | None,
        typer.Option(
            callback=_seconds,
            help="How long a task should take, if not as the number of workers suggests; results "
            "do not depend on it.",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Try a replication of everything, say what it costs, stop."),
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Also run again what failed.")
    ] = False,
    rerun: Annotated[
        list[str] | None,
        typer.Option(help="Also run again this estimator, inference method or metric."),
    ] = None,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop at the first thing that is raised.")
    ] = False,
    max_failures: Annotated[
        int | None,
        typer.Option(
            callback=_from_zero, help="Stop once more than so many replications raised something."
        ),
    ] = None,
    max_seconds: Annotated[
        float | None,
        typer.Option(
            callback=_seconds,
            help="Stop in order before so many seconds, as a job with a time limit must; the same "
            "command goes on.",
        ),
    ] = None,
    replication_seconds: Annotated[
        float | None,
        typer.Option(
            callback=_seconds,
            help="Time limit for a replication of a method. With --workers, a worker whose code "
            "does not heed it is ended.",
        ),
    ] = None,
    take_over: Annotated[
        bool,
        typer.Option(
            "--take-over",
            help="Write a folder although a run on another machine has not said that it ended.",
        ),
    ] = False,
) -> None:
    """Run a study, or what is missing of it, and print its tables."""
    from gfe_mc.clusters import connect as clusters
    from gfe_mc.report import folders, render
    from gfe_mc.report import study as report
    from gfe_mc.study import catalogue
    from gfe_mc.study import run as study
    from gfe_mc.study.remaining import Again

    render.require_format(format)
    experiment = _part(catalogue.find(name), grid, estimators)
    source = study.read_panel(experiment, panel, output)
    part = bool(grid) or estimators is not None
    folder = output or study.default_folder(experiment, source, part=part).absolute()
    backend = clusters.choose(
        threads=threads,
        workers=workers,
        scheduler=scheduler,
        patience=patience,
        cluster=cluster,
        logs=folder / "logs",
    )
    plan = experiment.plan(
        source.panel,
        replications=replications,
        seed=seed,
        start=start,
        target=_target(target, min_replications, max_replications),
    )
    if check:
        raise typer.Exit(_check(plan, backend, format))
    if detach:
        _detach(folder, backend, experiment.name, source.path)
        raise typer.Exit
    most = 0 if fail_fast else max_failures

    def present(made: Any) -> None:
        # Files first: who reads the tables may stop reading.
        report.write_report(folder, made, experiment)
        _draw_figures(folder, made)

    with _kept(), display(errors) as shown:
        dataset = study.run_study(
            plan,
            folder,
            backend=backend,
            source=source,
            block_seconds=block_seconds,
            begin=shown.begin,
            report=shown.update,
            say=shown.say,
            again=Again(retry_failed, tuple(rerun or ())),
            most_failures=most,
            most_seconds=max_seconds,
            replication_seconds=replication_seconds,
            take_over=take_over,
            present=present,
        )
    typer.echo(report.render_report(dataset, format, brief=True, experiment=experiment))
    for said in folders.warnings(folder, dataset):
        say(said)
    say(f"Results are in {_shown(folder)}; every figure is in its {report.TABLE}.")
    if not folders.any_used(dataset):
        raise typer.Exit(1)


@app.command()
def cancel(name: Name, output: Output = None) -> None:
    """End, in order, a run that was detached; what is finished is kept."""
    from gfe_mc.report import folders
    from gfe_mc.study import detach, detached

    folder = output or folders.find_folder(name, folders.declaration_of(name)).absolute()
    run, ended = detach.cancel(folder)
    said = "has ended" if ended else "is told to end, and has not yet"
    say(f"Cancelled: {run} {said}. {KEPT} Its log is {_shown(folder / detached.LOG)}.")


@app.command("plan")
def plan_(
    name: Name,
    panel: PanelPath = None,
    grid: Grid = None,
    estimators: Some = None,
    replications: Replications = None,
    target: Target = None,
    min_replications: Least = None,
    max_replications: Most = None,
    workers: Annotated[
        int | None, typer.Option(help="How many would work at once; as many as cores by default.")
    ] = None,
    pilots: Annotated[int, typer.Option(help="Replications of each method that are timed.")] = 5,
    seed: Seed = None,
    output: Output = None,
    format: Format = "text",  # noqa: A002
) -> None:
    """Tell what is missing of a study and what it would cost, by a few replications of each method.

    Nothing is stored.
    """
    from gfe_mc.clusters.local import n_cores
    from gfe_mc.report import render
    from gfe_mc.report.tables.cost import cost_table, needs_table
    from gfe_mc.study import catalogue
    from gfe_mc.study import run as study
    from gfe_mc.study.cost import cost_of

    render.require_format(format)
    workers = n_cores() if workers is None else require_whole("workers", workers, 1)
    experiment = _part(catalogue.find(name), grid, estimators)
    source = study.read_panel(experiment, panel, output)
    aim = _target(target, min_replications, max_replications)
    plan = experiment.plan(source.panel, replications=replications, seed=seed, target=aim)
    part = bool(grid) or estimators is not None
    folder = output or study.default_folder(experiment, source, part=part).absolute()
    with display(errors) as shown:
        cost = cost_of(
            plan, folder, pilots=pilots, begin=shown.begin, report=shown.update, say=shown.say
        )
    made = [cost_table(cost, workers), *([needs_table(cost)] if aim is not None else [])]
    typer.echo("\n\n".join(render.render(table, format) for table in made))
    raise typer.Exit(int(cost.failed))


@app.command("merge")
def merge_(
    folders: Annotated[
        list[Path],
        typer.Argument(help="Folders of results of one design.", parser=str, callback=_folders),
    ],
    output: Annotated[Path, _path("--output", help="Folder of the merged results.")],
) -> None:
    """Put results of one design together that several machines made; folders are only read."""
    from gfe_mc.report import folders as of_results
    from gfe_mc.report import study as report
    from gfe_mc.report.content import described
    from gfe_mc.study.merge import merge

    def present(made: Any) -> None:
        name = described(made)["experiment"]
        report.write_report(output, made, of_results.declaration_of(name))
        _draw_figures(output, made)

    made = merge(folders, output, say=say, present=present)
    for said in of_results.warnings(output, made):
        say(said)
    say(f"Merged {len(folders)} folders into {_shown(output)}; see its {report.TABLE}.")


@app.command("report")
def report_(
    name: Name,
    output: Output = None,
    format: Format = "text",  # noqa: A002
    write: Annotated[
        bool, typer.Option("--write", help="Also write tables, summary and figures anew.")
    ] = False,
    html: Annotated[
        bool,
        typer.Option("--html", help="Write one page with everything, report.html, in their place."),
    ] = False,
) -> None:
    """Print the tables of a study from its store; nothing is run.

    Of a study that is not complete, the replications that all methods of a cell have finished.
    """
    from gfe_mc.report import folders, render
    from gfe_mc.report import study as report
    from gfe_mc.study.lock import hold

    render.require_format(format)
    experiment = folders.declaration_of(name)
    folder = output or folders.find_folder(name, experiment).absolute()
    if folders.is_unfinished(folder) and experiment is not None:
        from gfe_mc.study.unfinished import plan_of, read_unfinished

        if write:
            raise InputError(
                "Only a complete study is written anew",
                f"--write for {_shown(folder)}, which is not",
                f"Leave --write out, or run the rest: gfe-mc run {name}",
            )
        dataset = read_unfinished(folder, plan_of(folder, experiment))
    else:
        dataset = folders.read_study(folder)
    if write:
        with hold(folder):
            report.write_report(folder, dataset, experiment)
            _draw_figures(folder, dataset)
    if html:
        _write_page(folder, dataset, experiment, name, output)
        return
    typer.echo(report.render_report(dataset, format, experiment=experiment))
    say(f"Read from {_shown(folder)}.")


@app.command("overview")
def overview_(
    results: Annotated[
        Path, _path("--results", help="Folder that holds the folders of studies.")
    ] = Path("results"),
    output: Annotated[
        Path | None, _path("--output", help="File of the page; README.md there if left out.")
    ] = None,
) -> None:
    """Write one page that counts, for every exhibit of the papers, what became of its figures."""
    from gfe_mc.report.overview import OVERVIEW, overview
    from gfe_mc.whole import write_result

    page = output or results / OVERVIEW
    write_result(page, overview(results).encode())
    say(f"Written: {_shown(page)}")


@app.command()
def status(
    name: Annotated[
        str | None,
        typer.Argument(help="Name of a study, or its file; all in results/ if left out."),
    ] = None,
    output: Output = None,
    format: Format = "text",  # noqa: A002
) -> None:
    """Show how far studies are, also while another process runs them."""
    from gfe_mc.report import folders, render
    from gfe_mc.report.tables.status import progress_table, status_table
    from gfe_mc.study.state import StudyState

    render.require_format(format)
    if name is None and output is None:
        states = [StudyState.of(folder) for folder in folders.studies()]
        typer.echo(render.render(status_table(states), format))
        return
    folder = (
        output or folders.find_folder(name or "", folders.declaration_of(name or "")).absolute()
    )
    typer.echo(render.render(progress_table(StudyState.of(folder)), format))


@app.command()
def clean(name: Name, output: Output = None) -> None:
    """Remove results that are no part of a study as it is declared now."""
    from gfe_mc.report import folders
    from gfe_mc.study import folder as stored
    from gfe_mc.study.lock import hold

    folder = output or folders.find_folder(name, folders.declaration_of(name)).absolute()
    stored.read_provenance(folder)
    with hold(folder):
        for entry in stored.read_kept(folder):
            part = " ".join(filter(None, entry.part))
            where = ", ".join(f"{factor}={value}" for factor, value in entry.where.items())
            kept = f"{entry.estimator}, {part} at {where}: {len(entry.replications)} replications"
            typer.echo(visible(kept))
        removed = stored.clean(folder)
    say(f"Removed: {removed} files of {_shown(folder)}.")


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
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show in full what is raised.")
    ] = False,
) -> None:
    """Run one replication again, alone, and compare it with the store."""
    from gfe_mc.report import folders
    from gfe_mc.study import catalogue, replay
    from gfe_mc.study import run as study

    experiment = catalogue.find(name)
    folder = output or folders.find_folder(name, experiment, missing_ok=True).absolute()
    source = study.read_panel(experiment, panel, folder)
    plan = experiment.plan(source.panel, seed=seed)
    said = replay.describe(plan, cell, replication, estimator, folder)
    typer.echo(visible(said, keep="\n\t"))
    if traceback:
        typer.echo(replay.tracebacks(plan, cell, replication, estimator))


@app.command(cls=_SeveralNames)
def fit(
    path: Annotated[
        Path,
        typer.Argument(
            help="Panel file (.csv, .parquet, .dta), in long form.", parser=str, callback=_absolute
        ),
    ],
    unit: Annotated[str, typer.Option(help="Column with the names of the units.")],
    time: Annotated[str, typer.Option(help="Column with the periods.")],
    outcome: Annotated[str | None, typer.Option(help="Column with the outcome.")] = None,
    formula: Annotated[
        str | None,
        typer.Option(
            help="In place of --outcome and --regressors: a formula such as "
            "'log(y) ~ x1:x2 + C(region)'."
        ),
    ] = None,
    regressors: Annotated[
        list[str] | None, typer.Option(help="Columns with the regressors, one or several.")
    ] = None,
    estimator: Annotated[
        str,
        typer.Option(
            help="gfe, two-layer, fcr, mixture, ck-means, unit-moves, grouped-slopes, pseudo, "
            "interactive, two-way, pooled or unit-by-unit."
        ),
    ] = "gfe",
    groups: Annotated[int | None, typer.Option(help="Number of groups.")] = None,
    groups_max: Annotated[
        int | None, typer.Option(help="Choose the number of groups from 1 to this one.")
    ] = None,
    penalty: Annotated[str, typer.Option(help="gfe: bic or steep_bic, to choose by.")] = "bic",
    unit_effects: Annotated[
        bool,
        typer.Option("--unit-effects", help="gfe, fcr, mixture: a fixed effect for each unit."),
    ] = False,
    jackknife: Annotated[
        bool,
        typer.Option(
            "--jackknife",
            help="gfe with --unit-effects: correct slopes for short panels, of lagged outcomes.",
        ),
    ] = False,
    membership: Annotated[
        str | None,
        typer.Option(help="mixture: common probabilities of groups, or a logit; common."),
    ] = None,
    characteristics: Annotated[
        list[str] | None,
        typer.Option(help="mixture: regressors whose first values of a unit are in the logit."),
    ] = None,
    membership_only: Annotated[
        list[str] | None,
        typer.Option(help="mixture: those of them that are in the logit alone, without slopes."),
    ] = None,
    variance: Annotated[
        str | None, typer.Option(help="mixture: error variance common, or of each group; common.")
    ] = None,
    m: Annotated[
        float | None, typer.Option("--m", help="fcr: how soft groups are, above 1; 1.001.")
    ] = None,
    secondary: Annotated[
        list[int] | None,
        typer.Option(
            help="two-layer: numbers of secondary groups, one for each group or one for all."
        ),
    ] = None,
    group_specific: Annotated[
        list[str] | None, typer.Option(help="gfe, fcr: regressors whose slopes differ by group.")
    ] = None,
    patterns: Annotated[
        str | None,
        typer.Option(
            help="gfe: what profiles are made of: levels, linear, quadratic, cubic or splines:R; "
            "free if left out."
        ),
    ] = None,
    time_basis: Annotated[
        Path | None,
        _path(
            "--time-basis",
            help="gfe: in place of --patterns, functions of time from this file (.csv), a row a "
            "period: its name in the first column, and a function in each of the others.",
        ),
    ] = None,
    prior: Annotated[
        list[str] | None,
        typer.Option(
            help="gfe: columns with prior probabilities, one for each group; or one column that "
            "names the group of each unit."
        ),
    ] = None,
    prior_strength: Annotated[
        float | None, typer.Option(help="gfe: probability of the group that --prior names.")
    ] = None,
    prior_weight: Annotated[
        float | None,
        typer.Option(help="gfe: weight C of the prior; twice the error variance if left out."),
    ] = None,
    must_link: Annotated[
        list[str] | None,
        typer.Option(metavar="A,B", help="gfe: two units that are in one group; several times."),
    ] = None,
    cannot_link: Annotated[
        list[str] | None,
        typer.Option(metavar="A,B", help="gfe: two units that are not; several times."),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(help="gfe: logit, probit or poisson, for binary outcomes or counts."),
    ] = None,
    drop_missing: Annotated[
        bool,
        typer.Option("--drop-missing", help="Drop rows in which a value is missing."),
    ] = False,
    common: Annotated[
        list[str] | None, typer.Option(help="Slopes by groups: regressors with common slopes.")
    ] = None,
    individual: Annotated[
        list[str] | None,
        typer.Option(help="Slopes by groups: regressors with slopes of each unit's own."),
    ] = None,
    minimum: Annotated[
        int | None, typer.Option(help="Slopes by groups: fewest units of a group.")
    ] = None,
    starts: Annotated[
        int | None, typer.Option(help="mixture, ck-means, unit-moves: number of starts.")
    ] = None,
    factors: Annotated[int | None, typer.Option(help="interactive: number of factors.")] = None,
    bandwidth: Annotated[
        str, typer.Option(help="Of the fixed-T variance: rule, silverman, or a number.")
    ] = "rule",
    bootstrap: Annotated[
        int | None,
        typer.Option(help="Bootstrap draws; 100 for gfe and two-way, none else, if left out."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of searches and bootstrap.")] = 0,
    format: Annotated[  # noqa: A002
        str, typer.Option("--format", help="text, json, csv, latex, markdown or html.")
    ] = "text",
    figure: Annotated[
        Path | None,
        _path(
            "--figure",
            help="Draw the profiles into this .svg, .png or .pdf; without an ending, into "
            "PATH.svg and PATH.png.",
        ),
    ] = None,
    figure_kind: Annotated[
        str,
        typer.Option(
            help="What --figure draws: profiles, criterion, means, margins or heat_map.",
        ),
    ] = "profiles",
    save: Annotated[
        Path | None,
        _path("--save", help="Keep the fit in this .npz file, for gfe_mc.load_fit in Python."),
    ] = None,
    groups_file: Annotated[
        Path | None, _path("--groups-file", help="Write the group of each unit to this CSV file.")
    ] = None,
    output: Annotated[Path | None, _path("--output", help="Write to this file.")] = None,
) -> None:
    """Fit a panel: coefficients with standard errors, groups and profiles."""
    from gfe_mc import one_panel
    from gfe_mc.fitted import file, written
    from gfe_mc.fitted.figures import require_kind
    from gfe_mc.fitted.summary import require_format

    require_format(format)
    require_kind(figure_kind)
    names = one_panel.FileColumns(outcome, tuple(regressors or ()), unit, time, formula)
    panel = names.read(path, drop_missing)
    told = tuple(prior or ()), groups, prior_strength, prior_weight
    panel, known = one_panel.read_prior(path, names.columns, panel, *told)
    panel, known = one_panel.read_links(panel, known, must_link or (), cannot_link or (), groups)
    panel, basis = one_panel.read_time_basis(time_basis, panel)
    summary = one_panel.fit_panel(
        panel,
        estimator=estimator,
        groups=groups,
        maximum=groups_max,
        penalty=penalty,
        bandwidth=one_panel.read_bandwidth(bandwidth),
        bootstrap=bootstrap,
        seed=seed,
        unit=unit,
        unit_effects=unit_effects,
        jackknife=jackknife,
        membership=membership,
        characteristics=tuple(characteristics or ()),
        membership_only=tuple(membership_only or ()),
        variance=variance,
        m=m,
        secondary=tuple(secondary or ()),
        group_specific=tuple(group_specific or ()),
        patterns=patterns,
        time_basis=basis,
        prior=known,
        loss=loss,
        common=tuple(common or ()),
        individual=tuple(individual or ()),
        minimum=minimum,
        starts=starts,
        factors=factors,
    )
    text = summary.render(format)
    if output is None:
        typer.echo(text)
    for made in [
        *written.write(text, output),
        *summary.save_groups(groups_file),
        *([] if save is None else [file.save_fit(summary, save)]),
    ]:
        say(f"Written: {_shown(made)}")
    try:
        for drawn in summary.save_figure(figure, figure_kind):
            say(f"Drawn: {_shown(drawn)}")
    except InputError as error:
        say(f"The figure was left out. {error}")


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


def _detach(folder: Path, backend: Any, name: str, panel: Path | None) -> None:
    """Start a run that goes on by itself, of the same command, folder and panel."""
    from gfe_mc.study import detach, detached

    arguments = [word for word in sys.argv[1:] if word != "--detach"]
    # Last ones count: they hold wherever the run goes on.
    arguments += ["--output", str(folder)]
    arguments += [] if panel is None else ["--panel", str(panel)]
    run = detach.detach(folder, backend, name, arguments)
    typer.echo(
        visible(
            f"Detached: {run}\nFolder: {_shown(folder)}\nLog: {_shown(folder / detached.LOG)}\n"
            f"`gfe-mc cancel` ends it.",
            keep="\n",
        )
    )


def _target(text: str | None, least: int | None, most: int | None) -> Any:
    """Read a target, if there is one."""
    from gfe_mc.study.target import Target as Aim

    numbers = [f"--m{name}-replications {n}" for name, n in (("in", least), ("ax", most)) if n]
    require(
        text is not None or not numbers,
        "Least and largest numbers of replications are those of a target",
        " and ".join(numbers),
        "Give --target as well, or --replications in their place",
    )
    return None if text is None else Aim.of(text, least, most)


def _check(plan: Any, backend: Any, format: str) -> int:  # noqa: A002
    """Try a study, and return the exit code: 1 if anything was raised."""
    from gfe_mc.report import render
    from gfe_mc.report.tables.check import check_table
    from gfe_mc.study.check import check_study

    with _kept(), display(errors) as shown:
        check = check_study(
            plan, backend=backend, begin=shown.begin, report=shown.update, say=shown.say
        )
    typer.echo(render.render(check_table(check), format))
    return int(check.failed)


def _draw_figures(folder: Path, dataset: Any) -> None:
    """Draw the figures of a study; where that cannot be, say why: its results are there."""
    from gfe_mc.report import study as report

    try:
        for path in report.draw_figures(folder, dataset):
            say(f"Drawn: {_shown(path)}")
    except InputError as error:
        say(f"Figures were left out. {error}")


def _write_page(
    folder: Path, dataset: Any, experiment: Any, name: str, output: Path | None
) -> None:
    """Write the page of a study, and say where it is and how large."""
    from gfe_mc.report.html.page import write_page

    named = None if output is None else str(_shown(output))
    page = write_page(folder, dataset, experiment, name=name, output=named)
    say(f"Written: {_shown(page)} ({page.stat().st_size / 1e6:.2f} MB)")


def _shown(path: Path) -> Path:
    """Return a path as it is shown: from the folder where the user is."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


@contextmanager
def _kept() -> Iterator[None]:
    """Say what becomes of a run that was stopped."""
    from gfe_mc.study.bounds import OutOfTimeError, TooManyFailuresError
    from gfe_mc.study.lock import TakenOverError
    from gfe_mc.study.runner import ClusterLostError

    try:
        yield
    except KeyboardInterrupt:
        say(f"Interrupted. {KEPT}")
        raise typer.Exit(130) from None
    except OutOfTimeError as error:
        say(f"Out of time: {error}. {KEPT}")
        raise typer.Exit(UNFINISHED) from None
    except TooManyFailuresError as error:
        say(f"Stopped: {error}. {KEPT}", "red")
        raise typer.Exit(1) from None
    except (ClusterLostError, TakenOverError) as error:
        say(f"Error: {error}. {KEPT}", "red")
        raise typer.Exit(1) from None


def main() -> None:
    """Run the command line; what ends it is said in words, and bad input is exit code 2."""
    sys.exit(guarded(app))
