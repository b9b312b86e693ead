"""A single panel from the command line, and from Python by an estimator's name."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from gfe_mc import (
    FCR,
    GFE,
    ChosenByBIC,
    ChosenGFE,
    CKMeans,
    GroupedSlopes,
    InteractiveFixedEffects,
    MinimumSize,
    Mixture,
    Panel,
    Prior,
    Pseudo,
    SteepBIC,
    TwoLayerGFE,
    TwoWay,
    UnitMoves,
    fit_panel,
)
from gfe_mc.cli import app, main
from gfe_mc.errors import InputError
from gfe_mc.one_panel import ESTIMATORS, read_bandwidth
from tests.helpers import refused
from tests.inference.panels import grouped

COMMAND = ["--outcome", "democracy", "--unit", "country", "--time", "year"]
REGRESSORS = ["--regressors", "lag_democracy", "lag_income"]


def run(*arguments: str) -> str:
    """Run `gfe-mc fit`; return what it writes to standard output."""
    done = CliRunner().invoke(app, ["fit", *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A small panel in a file, and the options that name its columns."""
    panel = grouped(4, 24, 7)
    frame = pd.DataFrame(
        {
            "firm": np.repeat([f"firm {n}" for n in range(24)], 7),
            "year": np.tile(np.arange(2000, 2007), 24),
            "sales": panel.y.ravel(),
            "labour": panel.x[:, :, 0].ravel(),
            "capital": panel.x[:, :, 1].ravel(),
        }
    )
    path = tmp_path_factory.mktemp("small") / "panel.csv"
    frame.to_csv(path, index=False)
    columns = ["--outcome", "sales", "--unit", "firm", "--time", "year"]
    return [str(path), *columns, "--regressors", "labour", "capital"]


@pytest.fixture(scope="module")
def record(democracy_path: Path) -> dict:
    text = run(
        str(democracy_path),
        *COMMAND,
        *REGRESSORS,
        *("--groups", "4", "--bootstrap", "10", "--format", "json"),
    )
    return dict(json.loads(text))


def test_the_panel_of_income_and_democracy(record: dict, democracy_groups_path: Path) -> None:
    """Bonhomme and Manresa (2012), Table B2, G = 4, and the groups of Table B6."""
    rows = {row["parameter"]: row for row in record["coefficients"]}
    lag, income = rows["lag_democracy"], rows["lag_income"]
    long_run = rows["long-run lag_income"]
    assert [round(row["estimate"], 3) for row in (lag, income, long_run)] == [0.302, 0.082, 0.118]
    assert [round(r["se_large_t"], 3) for r in (lag, income, long_run)] == [0.054, 0.009, 0.011]
    assert [round(r["se_fixed_t"], 3) for r in (lag, income, long_run)] == [0.108, 0.012, 0.021]
    assert record["shape"] == {"N": 90, "T": 7, "K": 2, "G": 4}
    assert all(part["status"] == "SUCCESS" for part in record["covariances"].values())
    ours = {row["unit"]: row["group"] for row in record["groups"]}
    published = pd.read_csv(democracy_groups_path).set_index("country")["g4"]
    pairs = {(ours[country], group) for country, group in published.items()}
    assert len(pairs) == 4
    assert sorted(pd.Series(ours).value_counts()) == [13, 18, 26, 33]
    assert len(record["profiles"]) == 28


def test_the_number_of_groups_is_chosen(democracy_path: Path) -> None:
    text = run(str(democracy_path), *COMMAND, *REGRESSORS, "--groups-max", "15", "--bootstrap", "0")
    assert "10*" in text
    assert "0.05182" in text
    assert "bootstrap" not in text
    assert "no standard errors" not in text


@pytest.mark.parametrize("format_", ["text", "markdown", "latex", "html", "csv", "json"])
def test_every_format_and_every_way_to_name_regressors(
    format_: str, democracy_path: Path, tmp_path: Path
) -> None:
    common = ["--groups", "2", "--bootstrap", "2", "--format", format_]
    one = run(str(democracy_path), *COMMAND, *REGRESSORS, *common)
    each = ["--regressors", "lag_democracy", "--regressors", "lag_income"]
    again = run(str(democracy_path), *each, *COMMAND, *common)
    assert again == one
    path = tmp_path / "out"
    assert run(str(democracy_path), *COMMAND, *REGRESSORS, *common, "--output", str(path)) == ""
    assert path.read_text().strip() == one.strip()
    assert "0.60" in one


def test_no_regressors_and_a_figure(democracy_path: Path, tmp_path: Path) -> None:
    stem = tmp_path / "profiles"
    common = ["--groups", "3", "--bootstrap", "3"]
    run(str(democracy_path), *COMMAND, *common, "--figure", str(stem))
    first = stem.with_suffix(".svg").read_bytes()
    assert stem.with_suffix(".png").stat().st_size > 5000
    run(str(democracy_path), *COMMAND, *common, "--figure", str(stem))
    assert stem.with_suffix(".svg").read_bytes() == first


CHOICES = {
    "gfe": ["--groups", "2", "--unit-effects", "--bootstrap", "3"],
    "two-layer": ["--groups", "2", "--secondary", "3", "2", "--bootstrap", "2"],
    "fcr": ["--groups", "2", "--m", "1.5", "--group-specific", "capital", "--unit-effects"],
    "mixture": [
        *("--groups", "2", "--starts", "5", "--membership", "logit"),
        *("--characteristics", "labour", "capital", "--membership-only", "capital"),
    ],
    "ck-means": ["--groups", "2", "--minimum", "2", "--common", "capital", "--starts", "5"],
    "unit-moves": ["--groups", "2", "--minimum", "2", "--individual", "labour"],
    "grouped-slopes": ["--groups", "2", "--minimum", "2", "--common", "labour"],
    "pseudo": ["--groups-max", "3", "--minimum", "2"],
    "interactive": ["--factors", "2"],
    "two-way": ["--bootstrap", "2"],
    "pooled": ["--individual", "capital"],
    "unit-by-unit": [],
}
WORDS = {
    "gfe": "groups with profiles over time, unit effects",
    "two-layer": "groups with profiles over time, 3, 2 levels within them",
    "fcr": "soft groups with profiles over time and slopes of capital, unit effects",
    "mixture": "mixture of groups with profiles over time, logit of probabilities",
    "ck-means": "groups with slopes of labour, unit effects",
    "unit-moves": "groups with slopes of capital, each unit's own slopes of labour, unit effects",
    "grouped-slopes": "groups with slopes of capital, unit effects",
    "interactive": "slopes common to all units, interactive effects of 2 factors",
    "two-way": "period effects, unit effects",
    "pooled": "each unit's own slopes of capital, unit effects",
    "unit-by-unit": "each unit's own slopes of labour, capital, unit effects",
}


@pytest.mark.parametrize("name", CHOICES)
def test_every_estimator_from_the_command_line(name: str, small: list[str], tmp_path: Path) -> None:
    command = [*small, "--estimator", name, *CHOICES[name]]
    text = run(*command)
    assert f"Model: {WORDS.get(name, '')}" in text
    assert "95% from" in text
    path = tmp_path / "groups.csv"
    grouped = [] if name == "interactive" else ["--groups-file", str(path)]
    record = json.loads(run(*command, "--format", "json", *grouped))
    for row in record["coefficients"]:
        assert row["estimate"] is not None
    # The Hessian of the fixed-T variance need not be positive definite in so small a panel.
    by = {method: part["status"] for method, part in record["covariances"].items()}
    assert {status for method, status in by.items() if method != "fixed_t"} == {"SUCCESS"}
    if grouped:
        groups = pd.read_csv(path)
        assert list(groups.columns[:2]) == ["firm", "group"]
        assert list(groups["group"]) == [row["group"] for row in record["groups"]]
    assert "\\toprule" in run(*command, "--format", "latex")
    assert set(CHOICES) == set(ESTIMATORS)


def test_binary_outcomes_of_a_file(small: list[str], tmp_path: Path) -> None:
    frame = pd.read_csv(small[0])
    frame["works"] = np.random.default_rng(0).integers(0, 2, len(frame))
    frame.loc[frame["year"] == 2003, "works"] = 1
    path = tmp_path / "binary.csv"
    frame.drop(index=[3, 40]).to_csv(path, index=False)
    command = [str(path), "--outcome", "works", *small[3:], "--groups", "2", "--loss", "logit"]
    text = run(*command)
    assert "Model: groups with profiles over time, logit outcomes." in text
    assert "Sum of losses (logit)" in text
    assert "Infinite profile values: +" in text
    assert "group 1 in 2003" in text
    record = json.loads(run(*command, "--format", "json"))
    assert record["model"]["loss"] == "logit"
    assert {"group": 2, "period": "2003", "sign": 1} in record["infinite"]
    assert set(record["covariances"]) == {"clustered"}
    levels = json.loads(run(*command, "--patterns", "levels", "--format", "json"))
    assert levels["model"]["description"] == "groups with levels, logit outcomes"
    assert levels["infinite"] == []


def test_interactive_effects_of_a_file_with_missing_rows(small: list[str], tmp_path: Path) -> None:
    frame = pd.read_csv(small[0])
    path = tmp_path / "gaps.csv"
    frame.drop(index=[3, 40, 77]).to_csv(path, index=False)
    command = [str(path), *small[1:], "--estimator", "interactive", "--factors", "1"]
    assert "24 units, 7 periods, 165 observations." in run(*command)
    record = json.loads(run(*command, "--format", "json"))
    assert record["model"]["factors"] == 1
    assert record["groups"] is None
    assert np.shape(record["factors"]["factors"]) == (7, 1)
    assert np.shape(record["factors"]["loadings"]) == (24, 1)
    assert set(record["covariances"]) == {"clustered", "white"}


def test_the_table_comes_before_a_figure_that_cannot_be(
    small: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    stem = str(tmp_path / "figure")
    done = CliRunner().invoke(app, ["fit", *small, "--groups", "2", "--figure", stem])
    assert done.exit_code == 0
    assert "labour" in done.stdout
    assert "The figure was left out. The package matplotlib must be" in done.stderr
    slopes = ["--estimator", "pooled", "--figure", stem]
    done = CliRunner().invoke(app, ["fit", *small, *slopes])
    assert done.exit_code == 0
    assert "labour" in done.stdout
    assert "The fit must have profiles" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--groups", "2", "--seed", "-1"], "`seed` must be a whole number; got -1"),
        (["--estimator", "kmeans"], "The estimator must be known; got 'kmeans'"),
        (["--groups", "2", "--common", "wealth", "--estimator", "ck-means"], "wealth"),
    ],
)
def test_bad_options_end_with_a_message(
    options: list[str],
    said: str,
    small: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["gfe-mc", "fit", *small, *options])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_bad_input_is_refused(democracy: Panel) -> None:
    for wrong, options in [
        ("Give the number of groups", {}),
        ("Give the number of groups", {"groups": 2, "maximum": 3}),
        ("The penalty must be known", {"maximum": 3, "penalty": "aic"}),
        ("`bandwidth` must be a positive number", {"groups": 2, "bandwidth": 0.0}),
        ("must leave degrees of freedom", {"maximum": 80}),
        ("no more groups than units", {"groups": 91}),
        ("`m` must be an option of the estimator", {"groups": 2, "m": 1.5}),
        ("Leave it out, or use fcr", {"groups": 2, "m": 1.5}),
        ("the number of groups to be chosen", {"maximum": 3, "unit_effects": True}),
        ("two-way has no number of groups", {"estimator": "two-way", "groups": 2}),
        ("Interactive effects need a number of factors", {"estimator": "interactive"}),
        ("`factors` must be an option", {"groups": 2, "factors": 1}),
        ("Two layers need numbers of secondary", {"estimator": "two-layer", "groups": 2}),
        ("`secondary` must be an option", {"groups": 2, "secondary": (2, 2)}),
        ("`common` must be an option", {"estimator": "two-way", "common": ("x1",)}),
        ("The number of groups of fcr cannot be chosen", {"estimator": "fcr", "maximum": 3}),
        ("`bootstrap` must be a whole number", {"groups": 2, "bootstrap": -1}),
        ("The loss must be known", {"groups": 2, "loss": "tobit"}),
        ("Outcomes of a logit must be 0 or 1", {"groups": 2, "loss": "logit"}),
        ("have profiles, free or constant", {"groups": 2, "loss": "logit", "unit_effects": True}),
        ("have profiles, free or constant", {"groups": 2, "loss": "probit", "patterns": "linear"}),
        ("the number of groups to be chosen", {"maximum": 3, "loss": "poisson"}),
    ]:
        with refused(wrong):
            fit_panel(democracy, **options)  # type: ignore[arg-type]
    with refused("There is no such format"):
        fit_panel(democracy, groups=2, bootstrap=0).render("word")


def test_names_are_of_estimators() -> None:
    panel = grouped(4, 24, 7)
    made = [
        ({"groups": 2}, GFE(2)),
        ({"maximum": 3, "penalty": "steep_bic"}, ChosenGFE(3, SteepBIC())),
        ({"estimator": "fcr", "groups": 2, "m": 1.5}, FCR(2, 1.5)),
        (
            {
                "estimator": "mixture",
                "groups": 2,
                "membership": "logit",
                "characteristics": ("x1", "x2"),
                "membership_only": ("x2",),
                "variance": "group",
                "starts": 3,
            },
            Mixture(2, "logit", ("x1", "x2"), ("x2",), "group", starts=3),
        ),
        ({"estimator": "ck-means", "groups": 2}, CKMeans(2)),
        (
            {"estimator": "unit-moves", "groups": 2, "minimum": 3, "starts": 4},
            UnitMoves(2, 4, MinimumSize(3, 0.0)),
        ),
        (
            {"estimator": "grouped-slopes", "groups": 2, "minimum": 3},
            GroupedSlopes(2, MinimumSize(3, 0.0)),
        ),
        ({"estimator": "pseudo", "maximum": 2}, ChosenByBIC(Pseudo(2))),
        ({"estimator": "interactive", "factors": 0}, InteractiveFixedEffects(0)),
        ({"estimator": "two-way"}, TwoWay()),
        ({"estimator": "two-layer", "groups": 2, "secondary": (2,)}, TwoLayerGFE(2, (2, 2))),
    ]
    for options, estimator in made:
        summary = fit_panel(panel, bootstrap=0, **options)  # type: ignore[arg-type]
        assert summary.fit.estimator == estimator


def test_a_bandwidth_is_a_number_or_a_name() -> None:
    assert read_bandwidth("0.5") == 0.5
    assert read_bandwidth("rule") == "rule"


def test_the_bias_beside_unit_effects_is_said_and_corrected(democracy_path: Path) -> None:
    fit = [str(democracy_path), *COMMAND, *REGRESSORS, "--groups", "3", "--bootstrap", "0"]
    assert "Nickell" not in run(*fit)
    text = run(*fit, "--unit-effects")
    assert "too low by an order of 1/T, here 1/7 (Nickell 1981); --jackknife" in text
    record = dict(json.loads(run(*fit, "--unit-effects", "--jackknife", "--format", "json")))
    assert record["model"]["jackknife"] is True
    assert list(record["covariances"]) == ["large_t"]
    assert "takes away" in " ".join(record["notes"])
    with pytest.raises(InputError, match="for grouped fixed effects with unit effects"):
        run(*fit, "--jackknife")


@pytest.fixture(scope="module")
def with_prior(small: list[str], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The small panel, with probabilities of three groups and a name of one in further columns."""
    frame = pd.read_csv(small[0])
    place = frame["firm"].str.split().str[1].astype(int)
    for g in range(3):
        frame[f"p{g + 1}"] = np.where(place % 3 == g, 0.8, 0.1)
    frame["kind"] = np.array(["small", "large", "medium"])[place % 3]
    frame.loc[(place == 5) & (frame["year"] != 2003), "kind"] = None
    frame.loc[place == 6, "kind"] = None
    frame["moves"] = np.where(frame["year"] == 2004, 0.7, 0.5)
    frame["tilt"] = np.where(place == 7, 0.5, 0.8)
    path = tmp_path_factory.mktemp("prior") / "panel.csv"
    frame.to_csv(path, index=False)
    return [str(path), *small[1:]]


def test_prior_probabilities_are_columns(with_prior: list[str]) -> None:
    fit = [*with_prior, "--groups", "3", "--bootstrap", "0", "--format", "json"]
    record = dict(json.loads(run(*fit, "--prior", "p1", "p2", "p3")))
    assert "prior information" in record["model"]["description"]
    assert "Groups are those of the columns 1 p1, 2 p2, 3 p3." in record["notes"]
    panel = Panel.from_file(
        with_prior[0],
        outcome="sales",
        regressors=["labour", "capital"],
        unit="firm",
        time="year",
    )
    own = np.array([int(str(unit).split()[1]) % 3 for unit in panel.units])
    told = np.where(own[:, None] == np.arange(3), 0.8, 0.1)
    same = GFE(3, prior=told).fit(panel, np.random.default_rng(0))
    assert record["objective"] == same.objective
    # Groups have the numbers of the columns.
    assert [row["group"] - 1 for row in record["groups"]] == same.groups.tolist()
    weighted = dict(json.loads(run(*fit, "--prior", "p1", "p2", "p3", "--prior-weight", "1000")))
    assert [row["group"] - 1 for row in weighted["groups"]] == own.tolist()
    text = run(*fit[:-2], "--prior", "p1", "p2", "p3")
    assert "Objective" in text
    assert "Sum of squared residuals" not in text


def test_a_column_names_the_group_of_each_unit(with_prior: list[str]) -> None:
    certain = ["--prior", "kind", "--prior-strength", "1", "--format", "json", "--bootstrap", "0"]
    record = dict(json.loads(run(*with_prior, "--groups", "3", *certain)))
    assert "Groups are those that kind names: 1 large, 2 medium, 3 small." in record["notes"]
    groups = {row["unit"]: row["group"] for row in record["groups"]}
    free = groups.pop("firm 6")
    assert free in (1, 2, 3)
    for firm, group in groups.items():
        assert group == (3, 1, 2)[int(firm.split()[1]) % 3]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--prior p1 p2 tilt --groups 3", "the first firm 0 with 0.8, 0.1, 0.8"),
        ("--prior p1 tilt --groups 2", "add up to 1"),
        ("--prior p1 p2 moves --groups 3", "same in all rows of a unit; got 0.5 and 0.7 for firm"),
        ("--prior p1 p2 --groups 3", "2 columns for 3 groups"),
        ("--prior p1 p2 p3 --groups 3 --prior-strength 0.9", "for a single column"),
        ("--prior kind --groups 3", "with a strength"),
        ("--prior kind --groups 3 --prior-strength 0.2", "above that of any group"),
        ("--prior kind --groups 2 --prior-strength 0.9", "3 names for 2 groups"),
        ("--prior p1 p2 firm --groups 3", "must be different columns"),
        ("--prior nothing --groups 3", "no nothing among"),
        ("--prior p1 p2 p3 --groups-max 3", "number of groups that is given"),
        ("--prior-strength 0.9 --groups 3", "for columns with it"),
        ("--prior p1 p2 p3 --groups 3 --estimator fcr", "`prior` must be an option"),
    ],
)
def test_priors_that_cannot_be_read(options: str, words: str, with_prior: list[str]) -> None:
    with refused(words):
        run(*with_prior, *options.split())


def test_units_are_linked_by_name(small: list[str]) -> None:
    fit = [*small, "--groups", "2", "--bootstrap", "0"]
    free = dict(json.loads(run(*fit, "--format", "json")))
    groups = {row["unit"]: row["group"] for row in free["groups"]}
    same = [unit for unit, group in groups.items() if group == 1]
    other = next(unit for unit, group in groups.items() if group == 2)
    links = ["--must-link", f"{same[0]},{other}", "--cannot-link", f"{same[0]}, {same[1]}"]
    record = dict(json.loads(run(*fit, *links, "--format", "json")))
    groups = {row["unit"]: row["group"] for row in record["groups"]}
    assert groups[same[0]] == groups[other] != groups[same[1]]
    panel = Panel.from_file(
        small[0], outcome="sales", regressors=["labour", "capital"], unit="firm", time="year"
    )
    known = Prior(together=((same[0], other),), apart=((same[0], same[1]),))
    by_hand = GFE(2, prior=known).fit(panel, np.random.default_rng(0))
    assert record["objective"] == by_hand.objective
    text = run(*fit, *links, "--must-link", f"{same[2]},{same[3]}")
    assert "Model: groups with profiles over time, prior information on groups." in text
    assert f"In one group: {same[0]} and {other}; {same[2]} and {same[3]}." in text
    assert f"In different groups: {same[0]} and {same[1]}." in text


def test_links_of_units_whose_names_have_commas(small: list[str], tmp_path: Path) -> None:
    frame = pd.read_csv(small[0])
    frame["firm"] = frame["firm"].replace({"firm 0": "Korea, Rep.", "firm 1": "Korea"})
    path = str(tmp_path / "panel.csv")
    frame.to_csv(path, index=False)
    fit = [path, *small[1:], "--groups", "2", "--bootstrap", "0"]
    assert "In one group: Korea, Rep. and Korea." in run(*fit, "--must-link", "Korea, Rep.,Korea")
    with refused("A link must name two units", "names no two of them"):
        run(*fit, "--must-link", "Korea, Rep., Japan")


def test_links_beside_probabilities(with_prior: list[str]) -> None:
    fit = [*with_prior, "--groups", "3", "--prior", "p1", "p2", "p3", "--bootstrap", "0"]
    record = dict(json.loads(run(*fit, "--cannot-link", "firm 0,firm 3", "--format", "json")))
    groups = {row["unit"]: row["group"] for row in record["groups"]}
    assert groups["firm 0"] != groups["firm 3"]
    assert "Groups are those of the columns 1 p1, 2 p2, 3 p3." in record["notes"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--must-link", "firm 0,firm 99"], "'firm 0,firm 99', and no unit 'firm 99'"),
        (["--cannot-link", "a,b"], "no unit 'a' or 'b'. Give names of units as"),
        (["--must-link", "firm 0"], "two units of the panel, with a comma between them"),
        (["--must-link", "firm 0,firm 0"], "pairs of different units"),
        (
            ["--must-link", "firm 0,firm 1", "--cannot-link", "firm 1,firm 0"],
            "got firm 1 and firm 0, which are to be apart and together",
        ),
        (
            ["--cannot-link", "firm 0,firm 1", "firm 1,firm 2", "firm 2,firm 0"],
            "got 2 groups for firm 0, firm 1, firm 2, each to be apart from every other",
        ),
        (["--cannot-link", "firm 0,firm 1", "--estimator", "fcr"], "got it, or links, for fcr"),
        (["--cannot-link", "firm 0,firm 1", "--loss", "logit"], "got prior information or links"),
    ],
)
def test_links_that_cannot_be(options: list[str], words: str, small: list[str]) -> None:
    with refused(words):
        run(*small, "--groups", "2", *options)


def test_links_need_a_number_of_groups(small: list[str]) -> None:
    with refused("Links are for a number of groups that is given"):
        run(*small, "--groups-max", "3", "--must-link", "firm 0,firm 1")


BASIS = "year,level,break\n" + "".join(f"{2006 - t},1,{int(t < 3)}\n" for t in range(7))


def test_functions_of_time_from_a_file(small: list[str], tmp_path: Path) -> None:
    path = tmp_path / "basis.csv"
    path.write_text(BASIS)
    fit = [*small, "--groups", "2", "--bootstrap", "0", "--time-basis", str(path)]
    text = run(*fit)
    assert "Model: groups with 2 given functions of time." in text
    assert "Profiles are made of functions of time in basis.csv: level, break." in text
    panel = Panel.from_file(
        small[0], outcome="sales", regressors=["labour", "capital"], unit="firm", time="year"
    )
    step = np.column_stack([np.ones(7), np.arange(7) > 3])
    by_hand = GFE(2, time_basis=step).fit(panel, np.random.default_rng(0))
    assert json.loads(run(*fit, "--format", "json"))["objective"] == by_hand.objective
    same = fit_panel(panel, groups=2, bootstrap=0, time_basis=step)
    assert same.fit.objective == by_hand.objective
    assert "unit effects" in run(*fit, "--unit-effects")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--patterns", "linear"], "patterns='linear' and a time basis"),
        (["--loss", "logit"], "got a time basis of one's own"),
        (["--estimator", "fcr"], "`time_basis` must be an option"),
        (["--groups-max", "3"], "the number of groups to be chosen"),
    ],
)
def test_functions_of_time_beside_what_they_cannot_be(
    options: list[str], words: str, small: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "basis.csv"
    path.write_text(BASIS)
    groups = [] if "--groups-max" in options else ["--groups", "2"]
    with refused(words):
        run(*small, *groups, *options, "--time-basis", str(path))


def test_units_without_probabilities_are_named(with_prior: list[str], tmp_path: Path) -> None:
    frame = pd.read_csv(with_prior[0])
    frame.loc[frame["firm"] == "firm 11", "p2"] = np.nan
    path = tmp_path / "panel.csv"
    frame.to_csv(path, index=False)
    with refused("Every unit must have a prior probability", "none in `p2` for firm 11"):
        run(str(path), *with_prior[1:], "--groups", "3", "--prior", "p1", "p2", "p3")


@pytest.mark.parametrize(
    ("options", "errors"),
    [
        ("--estimator fcr --m 1.5 --groups 2 --bootstrap 2", "bootstrap"),
        ("--estimator ck-means --groups 2 --minimum 3", "homoskedastic"),
        ("--estimator pooled", "clustered"),
        ("--groups-max 3 --bootstrap 0", "large_t"),
    ],
)
def test_rows_may_be_missing(options: str, errors: str, small: list[str], tmp_path: Path) -> None:
    frame = pd.read_csv(small[0])
    frame = frame[~((frame["year"] == 2003) & frame["firm"].isin(["firm 2", "firm 9"]))]
    path = tmp_path / "gaps.csv"
    frame.to_csv(path, index=False)
    text = run(str(path), *small[1:], *options.split())
    assert "166 observations" in text
    assert errors in text
