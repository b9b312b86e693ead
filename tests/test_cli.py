"""The command line: what a user types, what it prints, and exit code 2 for bad input."""

import html
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from gfe_mc.cli import main
from gfe_mc.data.fetch import CACHE_VARIABLE
from gfe_mc.report.explained import EXPLAINED
from gfe_mc.study.folder import BLOCKS
from tests.report.results import SEARCH, put_study
from tests.small import write_declaration

Run = Callable[..., tuple[int, str, str]]
FIT = ("fit", "p.csv", "--outcome", "y", "--unit", "i", "--time", "t")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in an empty folder, without fetched data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["gfe-mc", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def declaration(tmp_path: Path) -> Path:
    return write_declaration(tmp_path / "small.py")


def test_run_report_and_replay(run: Run, declaration: Path) -> None:
    code, out, err = run("run", declaration, "--threads", 1)
    assert code == 0, err
    assert "small: A small study" in out
    assert "Dashboard: http://127.0.0.1:" in err
    assert "48 of 48 replications (100 %), failed 0, after 0:00:" in err
    assert "Results are in results/small" in err
    for name in ("replications.nc", "summary.csv", "table.md", "provenance.json"):
        assert (Path("results/small") / name).exists()

    code, report, _ = run("report", declaration, "--format", "markdown")
    assert code == 0
    assert report.strip() == Path("results/small/table.md").read_text().strip()

    code, out, err = run("report", declaration, "--html")
    assert (code, out) == (0, "")
    assert re.search(r"Written: results/small/report\.html \(0\.\d\d MB\)", err)
    assert "A small study" in Path("results/small/report.html").read_text()

    code, replayed, _ = run("replay", declaration, "--cell", 1, "--replication", 7)
    assert code == 0
    assert replayed.count("the same as in the store") == 2
    assert "NOT the same" not in replayed
    code, replayed, _ = run(
        "replay", declaration, "--cell", 1, "--replication", 99, "--estimator", "ols"
    )
    assert code == 0
    assert "not in the store" in replayed


def test_commands_of_a_page_replay_what_failed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "it's mine.py"
    path.write_text(
        "from dataclasses import replace\n"
        "from tests.small import FailsOnSome, experiment\n\n"
        "experiment = replace(\n"
        "    experiment(groups=(2, 3)), seed=3, report=None,\n"
        "    estimators={'-fails <b>': FailsOnSome()},\n"
        ")\n"
    )
    code, _, err = run("run", path.name, "--threads", 1, "--seed", 7, "--output", "else where")
    assert code == 0, err
    assert run("report", path.name, "--html", "--output", "else where")[0] == 0
    page = Path("else where/report.html").read_text()
    command = html.unescape(re.findall("<code>(gfe-mc replay.*)</code>", page)[-1])
    code, out, err = run(*shlex.split(command)[1:])
    assert code == 0, err
    assert "ESTIMATOR_FAILED, RuntimeError: the first outcome is positive" in out
    assert "the same as in the store" in out


def test_list(run: Run) -> None:
    code, out, _ = run("list")
    assert code == 0
    for name in ("bm_table3", "bm_table_s1"):
        assert name in out
    assert "Bonhomme and Manresa (2012), Table 3" in out


def test_overview(run: Run, tmp_path: Path) -> None:
    refused(run("overview"), "There must be results", "Run a study first")
    put_study(tmp_path / "results", "bm_table3", explained=SEARCH)
    code, out, err = run("overview")
    assert (code, out) == (0, "")
    assert "Written: results/README.md" in err
    page = Path("results/README.md").read_text()
    assert run("overview", "--results", tmp_path / "results", "--output", "a.md")[0] == 0
    assert Path("a.md").read_text() == page
    assert "| Table 3" in page
    (tmp_path / "results" / "bm_table3" / EXPLAINED).write_text(SEARCH.replace("vns", "no"))
    refused(run("overview"), "An explanation must be of figures that differ", "method = no")
    assert Path("results/README.md").read_text() == page


def test_version(run: Run) -> None:
    assert run("--version")[:2] == (0, "0.2.0\n")


def test_a_shell_completes_names_of_studies(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_GFE_MC_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_CWORD", "2")
    for word, names in (("bm_table3", {"bm_table3", "bm_table3_variants"}), ("no_such", set())):
        monkeypatch.setenv("COMP_WORDS", f"gfe-mc run {word}")
        code, out, _ = run()
        assert (code, set(out.split())) == (0, names)


@pytest.mark.slow
def test_first_command_needs_no_file(run: Run) -> None:
    code, out, err = run("run", "bm_table3", "--replications", 2)
    assert code == 0, err
    assert "SYNTHETIC panel" in out
    assert "bm_table3: ours beside the print" in out
    assert Path("results/bm_table3-synthetic/replications.nc").exists()


@pytest.mark.slow
def test_panel_is_found_again(run: Run, democracy_path: Path) -> None:
    code, out, err = run("run", "bm_table3", "--panel", democracy_path, "--replications", 2)
    assert code == 0, err
    assert f"panel {democracy_path.name}" in out
    code, out, err = run("replay", "bm_table3", "--cell", 2, "--replication", 1)
    assert code == 0, err
    assert out.count("the same as in the store") == 3


def refused(outcome: tuple[int, str, str], *parts: str) -> None:
    code, _, err = outcome
    assert code == 2, err
    assert "Traceback" not in err
    for part in parts:
        assert part in " ".join(err.split()), err


def test_unknown_things(run: Run, declaration: Path) -> None:
    refused(run("run", "no_such"), "must be known; got 'no_such'", "bm_table3")
    refused(run("run", "no_such.py"), "file must exist")
    refused(run("run", declaration, "--format", "pdf"), "no such format", "markdown")
    refused(run("run", declaration, "--no-such-option"), "No such option")
    refused(run("report", "bm_table3"), "Run it first")
    refused(run("data", "fetch", "no_such"), "`dataset` must be known")


def test_bad_numbers(run: Run, declaration: Path) -> None:
    refused(run("run", declaration, "--replications", 0), "`replications`", "got 0", "1 or more")
    refused(run("run", declaration, "--replications", "many"), "replications")
    refused(run("run", declaration, "--threads", 0), "`threads`", "Give 1 or more")
    refused(run("run", declaration, "--threads", 1, "--workers", 1), "Give one of --threads")
    refused(run("run", declaration, "--seed", -1), "`seed`")
    refused(run("replay", declaration, "--cell", 9, "--replication", 0), "Give 0 to 1")
    refused(run("replay", declaration, "--cell", 0, "--replication", -1), "numbered from 0")
    refused(
        run("replay", declaration, "--cell", 0, "--replication", 0, "--estimator", "no"),
        "Give one of gfe, ols",
    )
    assert not Path("results").exists()


def test_numbers_that_are_none(run: Run, declaration: Path) -> None:
    for value in ("nan", "-1", "0", "inf"):
        refused(run("run", declaration, "--block-seconds", value), "`block_seconds`", "positive")
        refused(run("run", declaration, "--patience", value), "`patience`", "positive")
    refused(run("run", declaration, "--max-failures", -1), "`max_failures`", "Give 0 or more")
    refused(run("run", declaration, "--threads", 10**9), "one machine can start", "at most 1024")
    refused(run("run", declaration, "--workers", 10**6), "one machine can start", "at most 256")
    refused(run("run", declaration, "--replications", 2**31 - 1), "fit into memory", "at most")
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("option", "arguments"),
    [
        ("--output", ("run", "small.py")),
        ("--panel", ("run", "small.py")),
        ("--output", ("report", "small.py")),
        ("--output", ("clean", "small.py")),
        ("--output", ("replay", "small.py", "--cell", "0", "--replication", "0")),
        ("--panel", ("replay", "small.py", "--cell", "0", "--replication", "0")),
        *((f"--{one}", (*FIT, "--groups", "2")) for one in ("output", "figure", "groups-file")),
    ],
)
@pytest.mark.usefixtures("declaration")
def test_paths_are_meant_as_typed(run: Run, option: str, arguments: tuple[str, ...]) -> None:
    refused(run(*arguments, option, "~nosuchuser/x"), "home folder must be known", "~nosuchuser/x")
    refused(run(*arguments, option, ""), "must not be empty")
    refused(run(*arguments, option, "a\0b"), "NUL")


def test_home_and_brackets(
    run: Run, declaration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The home folder is `~`, and names that look like markup are shown as they are."""
    home = tmp_path / "[bold]home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    code, _, said = run("run", declaration, "--threads", 1, "--output", "~/[red]:smile:")
    assert code == 0
    assert (home / "[red]:smile:" / "replications.nc").exists()
    assert "Results are in [bold]home/[red]:smile:; every figure" in said
    code, _, said = run("clean", declaration, "--output", "~/[red]:smile:")
    assert (code, said) == (0, "Removed: 0 files of [bold]home/[red]:smile:.\n")


def test_a_file_where_a_folder_should_be(run: Run, declaration: Path) -> None:
    Path("file").touch()
    for typed in ("file", "file/x", "a" * 5000):
        refused(run("run", declaration, "--output", typed), "output folder must be writable")
        refused(run("report", declaration, "--output", typed), "folder must hold a study")
        refused(run("run", declaration, "--panel", typed), "uses no panel")
    for typed in ("a" * 5000, "a" * 5000 + ".py"):
        code, _, said = run("report", typed)
        assert code in (1, 2)
        assert said.startswith("Error: ")


def test_a_study_must_not_end_the_program(run: Run, declaration: Path) -> None:
    code = "\n\ndef dgp(panel, G):\n    raise SystemExit(0)\n\n"
    code += "from dataclasses import replace\nexperiment = replace(experiment, dgp=dgp)\n"
    declaration.write_text(declaration.read_text() + code)
    refused(run("run", declaration), "must be one that can be drawn", "SystemExit: 0")


def test_unreachable_scheduler(run: Run, declaration: Path) -> None:
    nowhere = ("--scheduler", "tcp://127.0.0.1:1")
    outcome = run("run", declaration, *nowhere, "--patience", 0.5)
    refused(outcome, "scheduler must be reachable", "tcp://127.0.0.1:1")
    refused(run("run", declaration, "--patience", 1), "0 without a scheduler", "Give --scheduler")
    refused(run("run", declaration, *nowhere, "--patience", -1), "`patience`", "got -1.0")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda frame: frame.assign(democracy=frame["democracy"].where(frame.index != 3)), "nan"),
        (lambda frame: frame.drop(columns="lag_income"), "no lag_income"),
        (lambda frame: frame.assign(lag_income="much"), "must hold numbers; got 'much'"),
        (lambda frame: pd.concat([frame, frame.tail(1)]), "must have one row"),
        (lambda frame: frame.assign(lag_income=frame["year"]), "no such variation in lag_income"),
        (lambda frame: frame[frame["country"] < "B"], "no more groups than units"),
    ],
)
def test_bad_panels(
    run: Run,
    democracy_path: Path,
    tmp_path: Path,
    spoil: Callable[[pd.DataFrame], pd.DataFrame],
    said: str,
) -> None:
    spoil(pd.read_csv(democracy_path)).to_csv(tmp_path / "panel.csv", index=False)
    refused(run("run", "bm_table3", "--panel", tmp_path / "panel.csv"), said)


def test_folder_of_another_study_and_broken_block(run: Run, declaration: Path) -> None:
    assert run("run", declaration, "--threads", 1)[0] == 0
    other = declaration.with_name("other.py")
    other.write_text(
        declaration.read_text() + "from dataclasses import replace\n"
        "experiment = replace(experiment, name='other', factors={'G': (4,)})\n"
    )
    refused(run("run", other, "--output", "results/small"), "same study", "other", "--output")
    # Another seed is another result, and the first is kept.
    code, _, said = run("run", declaration, "--seed", 5, "--replications", 2, "--threads", 1)
    assert code == 0
    assert "are kept" in said
    code, said, _ = run("clean", declaration)
    assert code == 0
    assert "12 replications" in said
    assert run("run", declaration, "--threads", 1)[0] == 0
    (Path("results/small") / BLOCKS / "x-0-0.npz").write_bytes(b"PK broken")
    refused(run("run", declaration, "--replications", 20), "must be whole", "Delete that file")
    (Path("results/small") / BLOCKS / "x-0-0.npz").unlink()
    assert run("run", declaration, "--replications", 20, "--threads", 1)[0] == 0


@pytest.mark.slow
def test_installed_command_runs_in_any_folder(tmp_path: Path) -> None:
    command = shutil.which("gfe-mc", path=str(Path(sys.executable).parent))
    assert command is not None
    done = subprocess.run(
        [command, "list"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "bm_table_s1" in done.stdout


def test_out_of_time_then_status_report_and_the_rest(run: Run, declaration: Path) -> None:
    slow = declaration.with_name("slow.py")
    slow.write_text("from tests.study.test_unfinished import slow\n\nexperiment = slow(40)\n")
    code, _, err = run("run", slow, "--threads", 1, "--max-seconds", 0.7, "--block-seconds", 0.05)
    assert code == 3
    assert "Out of time: " in err
    assert "replications are left after 0.7 s" in err
    code, out, _ = run("status", slow)
    assert code == 0
    assert "small: stopped: OutOfTimeError" in out
    assert "of 80 replications" in out
    code, out, _ = run("status")
    assert code == 0
    assert "results/small" in out
    code, _, err = run("run", slow, "--threads", 2)
    assert code == 0, err
    code, out, _ = run("status", slow, "--format", "csv")
    assert code == 0
    assert out.count("40 of 40") == 2


def test_report_of_a_study_that_is_under_way(run: Run, declaration: Path) -> None:
    from tests.study.test_unfinished import partly

    partly(Path("results/small"))
    code, out, _ = run("report", declaration)
    assert code == 0
    assert out.startswith("PARTIAL: 4 to 7 of 12 replications a cell")
    refused(run("report", declaration, "--write"), "complete study", "run the rest")
    assert not Path("results/small/table.md").exists()
