"""What may stand in a formula: transformations of columns, and no other code."""

from __future__ import annotations

import ast
import re

import numpy as np

from gfe_mc.errors import InputError

FUNCTIONS = (
    *("C", "I", "Q", "bs", "cc", "center", "cr", "cs", "exp", "exp10", "exp2"),
    *("log", "log10", "log2", "poly", "scale", "standardize"),
)
"""Functions of formulaic that take each row by itself, or all rows alike."""
CODINGS = ("Treatment", "Sum", "Helmert", "Diff", "Poly", "SAS")
"""Codings of categories, as in C(region, contr.sum) and C(region, Treatment("a"))."""
_NODES = (
    *(ast.Expression, ast.Name, ast.Load, ast.Constant, ast.Call, ast.keyword, ast.Attribute),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.List, ast.Tuple, ast.Dict),
    *(ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
)
_QUOTED = re.compile(r"`[^`]*`")


def require_expression(text: str, formula: str) -> None:
    """Raise `InputError` unless an expression does no more than transform columns.

    A formula may come from a file of somebody else, and is evaluated as code.

    Parameters
    ----------
    text : str
        The expression, in Python, names in backticks among others.
    formula : str
        The formula that it is of, for the message.
    """
    try:
        tree = ast.parse(_QUOTED.sub("_quoted", text), mode="eval")
    except SyntaxError as error:
        raise _refusal(f"{text} ({error.msg})", formula) from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "lag":
            raise InputError(
                "Lags in a formula would be of rows, and not of a unit's periods",
                f"{text} in {formula}",
                "Make them a column: frame.groupby(unit)[column].shift() of rows in order of time",
            )
        known = isinstance(node, _NODES)
        if isinstance(node, ast.Call):
            known = isinstance(node.func, ast.Attribute) or (
                isinstance(node.func, ast.Name) and node.func.id in (*FUNCTIONS, *CODINGS)
            )
        elif isinstance(node, ast.Attribute):
            known = _is_known(node)
        elif isinstance(node, ast.Name):
            known = not node.id.startswith("__")
        if not known:
            raise _refusal(ast.unparse(node), formula)


def names_in(text: str) -> set[str]:
    """Return the names of columns in an expression, those in backticks and in Q("...") too."""
    quoted = {name.strip("`") for name in _QUOTED.findall(text)}
    tree = ast.parse(_QUOTED.sub("_quoted", text), mode="eval")
    other = {"_quoted", "np", "contr", *CODINGS}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            other.add(node.func.id)
            if node.func.id == "Q":
                quoted |= {str(one.value) for one in node.args if isinstance(one, ast.Constant)}
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return quoted | (named - other)


def _is_known(node: ast.Attribute) -> bool:
    """Whether it is a function of NumPy of each number, or a coding."""
    if not isinstance(node.value, ast.Name):
        return False
    if node.value.id == "np":
        return isinstance(getattr(np, node.attr, None), np.ufunc)
    return node.value.id == "contr" and not node.attr.startswith("_")


def _refusal(came: str, formula: str) -> InputError:
    return InputError(
        "A formula may transform columns, and do nothing else",
        f"{came} in {formula}",
        f"Use {', '.join(FUNCTIONS)}, functions of np such as np.sqrt, and arithmetic; or make "
        "a column of it first",
    )
