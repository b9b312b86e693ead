"""A formula over the columns of a frame: an outcome and regressors, transformed as it says."""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gfe_mc.data.expressions import names_in, require_expression
from gfe_mc.errors import InputError, require
from gfe_mc.optional import required

if TYPE_CHECKING:
    import pandas as pd

CONSTANT = (
    "The constant of the formula was left out: effects of groups, periods or units absorb it."
)
_EXAMPLE = "Write it as y ~ x1 + x2"


@dataclass(frozen=True)
class Formula:
    """A formula such as `log(y) ~ x1 * x2 + C(region)`, and what it has learnt from a frame.

    Attributes
    ----------
    text : str
        The formula.
    transforms : mapping
        What transformations keep of the frame, the mean of `center(x)`, say; by transformation.
    categories : mapping of str to tuple
        Categories of each categorical variable, in order; the first of them is the base.
    """

    text: str
    transforms: Mapping[str, Any] = field(default_factory=dict)
    categories: Mapping[str, tuple[Hashable, ...]] = field(default_factory=dict)

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the columns that the formula needs, in alphabetical order.

        Raises
        ------
        InputError
            The text is no formula of one outcome, or formulaic is not installed.
        """
        parsed = _parsed(self.text)
        return _variables(parsed.lhs, parsed.rhs)

    def learn(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, Formula]:
        """Evaluate the formula, and keep what its transformations learn.

        Parameters
        ----------
        frame : pandas.DataFrame
            With the columns that the formula needs, none of them missing.

        Returns
        -------
        frame : pandas.DataFrame
            The outcome, then the regressors, under the names that the formula gives them.
        formula : Formula
            The same formula, which evaluates other frames as this one.

        Raises
        ------
        InputError
            The text is no formula of one outcome, a column is not there, an expression is more
            than a transformation, or formulaic is not installed.
        """
        parsed = _parsed(self.text)
        made = _evaluated(self.text, parsed, frame)
        require(
            made.lhs.shape[1] == 1,
            "A formula must have one outcome, in one column",
            f"{', '.join(map(str, made.lhs.columns)) or 'none'} in {self.text}",
            "Give a column of numbers on the left",
        )
        transforms: dict[str, Any] = {}
        categories: dict[str, tuple[Hashable, ...]] = {}
        for side in (made.lhs, made.rhs):
            transforms |= side.model_spec.transform_state
            for name, (kind, state) in side.model_spec.encoder_state.items():
                if kind.value == "categorical" and "categories" in state:
                    categories[name] = tuple(state["categories"])
        learnt = Formula(self.text, _plain(transforms), categories)
        return _joined(made.lhs, _without_constant(made.rhs)), learnt

    def regressors(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Evaluate the right side of a formula that has learnt, at the rows of another frame.

        Parameters
        ----------
        frame : pandas.DataFrame
            With the columns of the right side, none of them missing.

        Raises
        ------
        InputError
            As `learn`, or there is a category that was not in the first frame.
        """
        formulaic = _formulaic()
        parsed = _parsed(self.text)
        kind = formulaic.parser.types.Factor.Kind.CATEGORICAL
        spec = formulaic.ModelSpec.from_spec(
            _with_constant(parsed.rhs),
            na_action="ignore",
            # Transformations write into what they are given.
            transform_state=copy.deepcopy(dict(self.transforms)),
            encoder_state={
                name: (kind, {"categories": list(levels)})
                for name, levels in self.categories.items()
            },
        )
        _require_columns(self.text, _variables(parsed.rhs), frame)
        made = _guarded(self.text, lambda: spec.get_model_matrix(frame, context={}))
        return _without_constant(made)

    @property
    def needed(self) -> tuple[str, ...]:
        """Names of the columns that the right side needs, in alphabetical order."""
        return _variables(_parsed(self.text).rhs)


def _formulaic() -> Any:
    return required("formulaic", "formula", "formulas")


def _parsed(text: object) -> Any:
    """A formula with one left and one right side, each expression a transformation of columns."""
    formulaic = _formulaic()
    require(
        isinstance(text, str),
        "A formula must be text",
        f"a {type(text).__qualname__}",
        _EXAMPLE,
    )
    parsed = _guarded(str(text), lambda: formulaic.Formula(text))
    left: Any = getattr(parsed, "lhs", None)
    require(left is not None, "A formula must have an outcome on its left side", text, _EXAMPLE)
    require(
        isinstance(left, formulaic.SimpleFormula) and len(left) == 1,
        "A formula must have one outcome",
        text,
        "Leave one on the left side, and fit the others by themselves",
    )
    require(
        isinstance(parsed.rhs, formulaic.SimpleFormula),
        "The right side of a formula must have one part",
        text,
        "Leave out what begins with |: effects are the estimator's",
    )
    for term in (*left, *parsed.rhs):
        for factor in term.factors:
            if factor.eval_method.value == "python":
                require_expression(factor.expr, str(text))
    return parsed


def _variables(*sides: Any) -> tuple[str, ...]:
    """Columns that sides need: the library does not see those inside what learns, center(x)."""
    found: set[str] = set()
    for side in sides:
        for term in side:
            for factor in term.factors:
                kind = factor.eval_method.value
                if kind == "lookup":
                    found.add(factor.expr)
                elif kind == "python":
                    found |= names_in(factor.expr)
    return tuple(sorted(found))


def _evaluated(text: str, parsed: Any, frame: pd.DataFrame) -> Any:
    formulaic = _formulaic()
    _require_columns(text, _variables(parsed.lhs, parsed.rhs), frame)
    # With a constant beside them, categories have a base, which the effects stand for.
    whole = formulaic.Formula(lhs=parsed.lhs, rhs=_with_constant(parsed.rhs))
    return _guarded(text, lambda: whole.get_model_matrix(frame, context={}, na_action="ignore"))


def _with_constant(right: Any) -> Any:
    formulaic = _formulaic()
    kinds = formulaic.parser.types
    if any(str(term) == "1" for term in right):
        return right
    constant = kinds.Term([kinds.Factor("1", eval_method="literal")])
    return formulaic.Formula([constant, *right])


def _require_columns(text: str, names: tuple[str, ...], frame: pd.DataFrame) -> None:
    there = [str(name) for name in frame.columns]
    missing = [name for name in names if name not in there]
    require(
        not missing,
        "Everything in a formula must be a column of the data",
        f"no {', '.join(missing)} among {', '.join(there)}, in {text}",
        "Name the columns as they are in the data; in backticks, `two words`, where need be",
    )


def _guarded(text: str, evaluate: Any) -> Any:
    """Evaluate, and say in words what the library could not do."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            # A category that was not there is no row of zeros.
            warnings.simplefilter("error", _formulaic().errors.DataMismatchWarning)
            return evaluate()
    except InputError:
        raise
    except Exception as error:  # what is in a formula fails in ways of its own
        said = " ".join(re.sub(r"\x1b\[[0-9;]*m|[⧛⧚]", "", str(error)).split())
        raise InputError(
            "A formula must be one that can be evaluated", f"{text} ({said})", _EXAMPLE
        ) from None


def _without_constant(right: pd.DataFrame) -> pd.DataFrame:
    return right.drop(columns=["Intercept"], errors="ignore")


def _joined(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    joined = pd.concat([pd.DataFrame(left), pd.DataFrame(right)], axis=1)
    joined.columns = [str(name) for name in joined.columns]
    return joined


def _plain(value: Any) -> Any:
    """What a transformation keeps, in Python's own numbers."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value
