"""Several fits in one table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gfe_mc import Covariance, compare_fits
from tests.fitted.fits import FAMILIES, summary
from tests.helpers import refused


def table(**options: Any) -> list[list[str]]:
    fits = {"plain": summary("plain"), "slopes": summary("slopes")}
    frame = compare_fits(fits, **options).frame()
    return [[str(name), *row] for name, row in zip(frame.index, frame.to_numpy(), strict=True)]


def test_rows_by_hand() -> None:
    assert table(foot=("G", "observations", "unit effects")) == [
        ["x1", "1.500", "1.500"],
        ["", "(0.200)", "(0.200)"],
        ["x2", "-0.500", "-0.500"],
        ["", "(0.300)", "(0.300)"],
        ["x1[1]", "", "1.000"],
        ["", "", "(0.500)"],
        ["x1[2]", "", "2.000"],
        ["", "", "(0.500)"],
        ["G", "", "2"],
        ["observations", "40", "40"],
        ["unit effects", "no", "yes"],
    ]


def test_what_is_below_and_stars_are_chosen() -> None:
    options: dict[str, Any] = {"coefficients": ["x2", "x1"], "foot": (), "names": {"x2": "price"}}
    assert table(below=None, stars=True, **options) == [
        ["price", "-0.500*", "-0.500*"],
        ["x1", "1.500***", "1.500***"],
    ]
    assert table(below=None, stars=(0.5, 0.01), **options)[0] == ["price", "-0.500*", "-0.500*"]
    assert table(below="t", **options)[1] == ["", "(-1.667)", "(-1.667)"]
    assert table(below="p", **options)[1] == ["", "(0.096)", "(0.096)"]
    assert table(below="interval", decimals=1, **options)[1] == ["", *["[-1.1, 0.1]"] * 2]


def test_every_family_has_a_column_in_every_format() -> None:
    fits = [summary(name) for name in FAMILIES]
    compared = compare_fits(fits, labels=list(FAMILIES), stars=True, title="A & B")
    for format_ in ("text", "markdown", "latex", "csv", "html"):
        text = compared.render(format_)
        for name in FAMILIES:
            assert name in text
        assert "nan" not in text
    assert str(compared) == compared.render("text")
    assert compared._repr_html_() == compared.render("html")
    latex = compared.render("latex")
    assert latex.count(r"\midrule") == 2
    assert all(rule in latex for rule in (r"\toprule", r"\bottomrule", r"\caption{A \& B}"))
    # Numbers are to the right, whatever is at the foot.
    assert r"\begin{tabular}{l" + "r" * len(FAMILIES) + "}" in latex
    assert r"1.500\*\*\*" in compared.render("markdown")


def test_outcomes_that_differ_are_named() -> None:
    other = summary("plain")
    other = replace(other, panel=replace(other.panel, outcome="log(y)"))
    frame = compare_fits([summary("plain"), other], foot=("N",)).frame()
    assert frame.iloc[-2:].to_numpy().tolist() == [["y", "log(y)"], ["8", "8"]]
    assert list(frame.columns) == ["(1)", "(2)"]


def test_methods_are_chosen_fit_by_fit() -> None:
    made = summary("plain")
    two = replace(made, covariances={**made.covariances, "other": Covariance(np.eye(2))})
    frame = compare_fits([made, two], errors=[None, "other"], foot=("errors",)).frame()
    assert [str(cell) for cell in frame.iloc[1]] == ["(0.200)", "(1.000)"]
    assert frame.T["errors"].tolist() == ["known", "other"]
    none = replace(made, covariances={})
    assert compare_fits([none], foot=("errors",)).frame()["(1)"].tolist() == [
        *("1.500", "", "-0.500", "", "none"),
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"labels": ["one"]}, "There must be a label for each fit"),
        ({"errors": "bootstrap"}, "Standard errors must be by a method"),
        ({"errors": ["known"]}, "There must be an inference method for each fit"),
        ({"below": "sd"}, "What is below estimates must be known"),
        ({"stars": (0.01, 0.1)}, "Bounds of stars must be probabilities that fall"),
        ({"foot": ("AIC",)}, "`foot` must be known"),
        ({"coefficients": ["x9"]}, "Coefficients must be of one of the fits"),
        ({"decimals": -1}, "`decimals` must be a whole number"),
    ],
)
def test_what_is_not_known_is_refused(options: dict[str, Any], words: str) -> None:
    with refused(words):
        table(**options)
    with refused("What is compared must be summaries"):
        compare_fits([])
