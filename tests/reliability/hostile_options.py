"""Estimators with options of every kind, and what is done with a fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gfe_mc import (
    FCR,
    GFE,
    TPWD,
    VNS,
    Annealing,
    BaiIteration,
    Bootstrap,
    ChosenByBIC,
    ChosenByTest,
    ChosenGFE,
    CKMeans,
    DirectMinimization,
    FixedT,
    FuzzyGenetic,
    FuzzySandwich,
    Genetic,
    GroupedSlopes,
    InteractiveFixedEffects,
    KnownGroups,
    LargeT,
    MinimumSize,
    MultiStart,
    NuclearNorm,
    OracleGFE,
    PaperProgram,
    Pooled,
    PooledOLS,
    PostNuclearNorm,
    PostSpectral,
    ProfileNewton,
    Pseudo,
    RandomGroups,
    SlopeErrors,
    SteepBIC,
    TwoStepGFE,
    TwoWay,
    TwoWayGroups,
    UnitByUnit,
    UnitMoves,
    WeightedGFE,
)

Make = Callable[[np.random.Generator, int, tuple[str, ...]], Any]
"""An estimator for so many units and regressors of these names."""

SMALL = (Genetic(population=2, patience=4), MultiStart(3), VNS(1, 2, 1), MultiStart(2, limit=1))
SOFT = (
    *(Annealing(3), Annealing(1, (), 0), FuzzyGenetic(2, 2), FuzzyGenetic(3, 1, limit=2)),
    *(DirectMinimization(2), PaperProgram(2, evaluations=60)),
)


def _one(rng: np.random.Generator, among: Any) -> Any:
    return among[int(rng.integers(0, len(among)))]


def _some(rng: np.random.Generator, names: tuple[str, ...]) -> tuple[str, ...]:
    """Some of the names; as a rule, not all of them."""
    chosen = tuple(name for name in names if rng.random() < 0.3)
    return chosen if len(chosen) < len(names) or rng.random() < 0.1 else ()


def _groups(rng: np.random.Generator, n_units: int) -> int:
    return int(_one(rng, [1, 2, 2, 2, 3, 3, max(n_units, 1), n_units + 1]))


def _gfe(rng: np.random.Generator, n: int, names: tuple[str, ...]) -> Any:  # noqa: ARG001
    return GFE(_groups(rng, n), _one(rng, SMALL), unit_effects=bool(rng.random() < 0.3))


def _fcr(rng: np.random.Generator, n: int, names: tuple[str, ...]) -> Any:
    m = float(_one(rng, [1.001, 1.000001, 1.5, 2.0, 50.0]))
    own, effects = _some(rng, names), bool(rng.random() < 0.3)
    return FCR(min(_groups(rng, n), 5), m, _one(rng, SOFT), own, effects)


def _slopes(kind: Any) -> Make:
    def make(rng: np.random.Generator, n: int, names: tuple[str, ...]) -> Any:
        common = _some(rng, names)
        left = tuple(name for name in names if name not in common)
        individual = _some(rng, left) if rng.random() < 0.3 else ()
        fewest = MinimumSize(int(rng.integers(1, 3)), _one(rng, [0, 0.1, 0.5]))
        further = {} if kind is Pseudo else {"starts": 2}
        return kind(
            _groups(rng, n), minimum=fewest, common=common, individual=individual, **further
        )

    return make


def _chosen(rng: np.random.Generator, n: int, names: tuple[str, ...]) -> Any:
    kind = int(rng.integers(0, 3))
    if kind == 0:
        return ChosenGFE(int(rng.integers(1, 4)), _one(rng, [SteepBIC()]), MultiStart(2))
    path = _slopes(_one(rng, [CKMeans, UnitMoves, Pseudo]))(rng, n, names)
    return ChosenByBIC(path, _one(rng, ["groups", "pooled"])) if kind == 1 else ChosenByTest(path)


def _known(rng: np.random.Generator, n: int, names: tuple[str, ...]) -> Any:
    made = np.unique(rng.integers(0, 3, max(n, 1)), return_inverse=True)[1]
    return KnownGroups(tuple(made.tolist()), _some(rng, names))


def _interactive(rng: np.random.Generator, n: int, names: tuple[str, ...]) -> Any:  # noqa: ARG001
    few = BaiIteration(("zero", "within"), "projected", 1e-6, 50)
    return InteractiveFixedEffects(int(rng.integers(0, 4)), _one(rng, [ProfileNewton(), few]))


ORDINARY: dict[str, Make] = {
    "gfe": _gfe,
    "two-way": lambda *_: TwoWay(),
    "fcr": _fcr,
    "ck-means": _slopes(CKMeans),
    "unit-moves": _slopes(UnitMoves),
    "grouped-slopes": _slopes(GroupedSlopes),
    "pseudo": _slopes(Pseudo),
    "interactive": _interactive,
    "pooled": lambda rng, _, names: Pooled(_some(rng, names)),
    "unit-by-unit": lambda *_: UnitByUnit(),
    "known": _known,
    "chosen": _chosen,
    "pooled-ols": lambda *_: PooledOLS(),
    "random-groups": lambda rng, n, _: RandomGroups(_groups(rng, n)),
    "tpwd": lambda rng, *_: TPWD(float(rng.uniform(0, 3)), int(rng.integers(1, 4))),
    "two-step": lambda rng, n, _: TwoStepGFE(_groups(rng, n)),
    "weighted": lambda rng, n, _: WeightedGFE(_groups(rng, n), 2, MultiStart(2)),
    "post-spectral": lambda rng, n, _: PostSpectral(_groups(rng, n)),
    "two-way-groups": lambda rng, n, _: TwoWayGroups(_groups(rng, n), int(rng.integers(1, 4))),
    "nuclear-norm": lambda rng, *_: NuclearNorm(_one(rng, [None, 0.1])),
    "post-nuclear-norm": lambda rng, *_: PostNuclearNorm(int(rng.integers(0, 4))),
}

NUMBERS: list[Any] = [
    *(
        -1,
        0,
        True,
        False,
        1.5,
        np.nan,
        np.inf,
        -np.inf,
        None,
        "2",
        10**9,
        10**30,
        10**400,
        -(10**30),
    ),
    *(np.int8(2), np.uint64(2**64 - 1), np.float32(2), np.array(2), np.array([2]), [2], 2j, {}),
    *(1e-320, 1e308, np.longdouble(2), object(), b"2", 1 + 1e-7, 1e-300),
]
NAMES: list[Any] = [
    *("x1", "x", (), ("x1",), ["x1"], ["x1", "x1"], None, 1, (1,), (None,), ([],), {"x1"}, ("x9",)),
    *({"x1": 1}, np.array(["x1"]), ("x1", "x2", "x3"), b"x1", float("nan"), (("x1",),)),
]
SEARCHES: list[Any] = [None, 1, Genetic, Annealing, Genetic(2, 2), Annealing(1), GFE(2), "genetic"]


def _with(kind: Any, given: dict[str, Any]) -> Callable[..., Any]:
    """What makes a class with some options, and others beside them or in their place."""
    return lambda **others: kind(**(given | others))


HOSTILE: dict[str, tuple[Callable[..., Any], dict[str, list[Any]]]] = {
    "GFE": (
        _with(GFE, {"groups": 2, "search": MultiStart(2)}),
        {"groups": NUMBERS, "search": SEARCHES, "unit_effects": NUMBERS},
    ),
    "Genetic": (
        lambda **o: GFE(2, Genetic(**({"population": 2, "patience": 2} | o))),
        dict.fromkeys(["theta_spread", "limit", "hits"], NUMBERS),
    ),
    "MultiStart": (
        lambda **o: GFE(2, MultiStart(**({"starts": 2} | o))),
        dict.fromkeys(["theta_spread", "limit", "hits"], NUMBERS),
    ),
    "VNS": (
        lambda **o: GFE(2, VNS(**({"starts": 1, "neighborhoods": 1, "iterations": 1} | o))),
        dict.fromkeys(["theta_spread", "limit"], NUMBERS),
    ),
    "FCR": (
        _with(FCR, {"groups": 2, "search": Annealing(1)}),
        {
            "groups": NUMBERS,
            "m": NUMBERS,
            "search": SEARCHES,
            "group_specific": NAMES,
            "unit_effects": NUMBERS,
        },
    ),
    "FuzzyGenetic": (
        lambda **o: FCR(2, 1.5, FuzzyGenetic(**({"population": 2, "patience": 2} | o))),
        dict.fromkeys(["limit", "hits"], NUMBERS),
    ),
    "Annealing": (
        lambda **o: FCR(2, 1.5, Annealing(**({"starts": 1} | o))),
        {"schedule": [(n,) for n in NUMBERS] + [*NUMBERS, [1.1], (1.1, 1.2)], "limit": NUMBERS},
    ),
    "DirectMinimization": (
        lambda **o: FCR(2, 1.5, DirectMinimization(**({"starts": 1} | o))),
        {"tolerance": NUMBERS, "limit": NUMBERS},
    ),
    "PaperProgram": (
        lambda **o: FCR(2, 1.5, PaperProgram(**({"starts": 1, "evaluations": 50} | o))),
        {"tolerance": NUMBERS},
    ),
    "CKMeans": (
        _with(CKMeans, {"groups": 2, "starts": 1, "minimum": MinimumSize(1)}),
        {
            "groups": NUMBERS,
            "limit": NUMBERS,
            "common": NAMES,
            "individual": NAMES,
            "minimum": [None, 1, MinimumSize],
        },
    ),
    "MinimumSize": (
        lambda **o: UnitMoves(2, 1, MinimumSize(**o)),
        {"units": NUMBERS, "share": NUMBERS},
    ),
    "Pseudo": (
        _with(Pseudo, {"groups": 2, "minimum": MinimumSize(1)}),
        {"groups": NUMBERS, "thresholds": NAMES, "common": NAMES},
    ),
    "KnownGroups": (
        _with(KnownGroups, {"groups": (0, 1)}),
        {"groups": [*NUMBERS, (0, 2), (-1, 0), ((0,), (0, 1)), ("a",)], "common": NAMES},
    ),
    "Pooled": (Pooled, {"individual": NAMES}),
    "OracleGFE": (
        _with(OracleGFE, {"groups": (0, 1)}),
        {"groups": [*NUMBERS, (0, 2), ("a",)], "unit_effects": NUMBERS},
    ),
    "TPWD": (
        TPWD,
        dict.fromkeys(["threshold", "iterations", "penalty", "groups"], NUMBERS)
        | {"linkage": NAMES},
    ),
    "TwoStepGFE": (TwoStepGFE, {"groups": NUMBERS, "share": NUMBERS, "search": SEARCHES}),
    "WeightedGFE": (_with(WeightedGFE, {"groups": 2}), {"groups": NUMBERS, "starts": NUMBERS}),
    "NuclearNorm": (NuclearNorm, {"penalty": NUMBERS, "limit": NUMBERS}),
    "ChosenGFE": (
        _with(ChosenGFE, {"maximum": 2, "search": MultiStart(2)}),
        {"maximum": NUMBERS, "penalty": [None, 1, SteepBIC, lambda *_: "a", lambda *_: np.nan]},
    ),
    "ChosenByBIC": (ChosenByBIC, {"estimator": [None, CKMeans, GFE(2), Pooled(), 1]}),
    "ChosenByTest": (
        _with(ChosenByTest, {"estimator": Pseudo(2, MinimumSize(1))}),
        {"level": NUMBERS, "estimator": [None, Pseudo, GFE(2), 1]},
    ),
}
"""By class: what makes the estimator, and hostile values of each option."""

METHODS: dict[str, tuple[Callable[..., Any], dict[str, list[Any]]]] = {
    "LargeT": (LargeT, {"errors": [*NAMES, 1], "lags": NUMBERS, "unit_effects": NUMBERS}),
    "NeweyWest": (lambda **o: LargeT("newey_west", **o), {"lags": NUMBERS}),
    "FixedT": (FixedT, {"bandwidth": [*NUMBERS, "silverman", "x"]}),
    "SlopeErrors": (SlopeErrors, {"errors": NAMES, "lost": NUMBERS}),
    "FuzzySandwich": (FuzzySandwich, {"unit_effects": NUMBERS}),
    "Bootstrap": (
        _with(Bootstrap, {"draws": 3, "search": MultiStart(2)}),
        {"search": SEARCHES, "warm": NUMBERS, "derived": NAMES},
    ),
}


def hostile(
    rng: np.random.Generator, kinds: dict[str, tuple[Callable[..., Any], dict[str, list[Any]]]]
) -> tuple[str, Callable[[], Any]]:
    """What is made, and the call that makes it with one hostile option."""
    name = _one(rng, list(kinds))
    make, options = kinds[name]
    option = _one(rng, list(options))
    value = _one(rng, options[option])
    shown = f"{value!r}"[:40]
    return f"{name}({option}={shown})", lambda: make(**{option: value})
