"""Studies, declared and planned."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from gfe_mc import (
    GFE,
    Fit,
    InputError,
    Misclassification,
    Panel,
    Profiles,
    RandomRelabellings,
    Report,
    StandardErrors,
)
from gfe_mc.canonical import fingerprint
from gfe_mc.dgp.sample import DGP
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.parameters import LongRun
from gfe_mc.study.experiment import Experiment
from gfe_mc.study.method import FIT, Part
from gfe_mc.study.plan import Plan
from tests.helpers import PooledOLS, TwoLevels, ols, refused, study, two_levels
from tests.inferring import Draws, Fixed, OfFit

GAPS, SIZES = (1.0, 5.0), (6, 8)


def keys(plan: Plan) -> dict[tuple[object, ...], str]:
    """Key of each method by its gap, number of units and estimator."""
    return {
        (cell.factors["gap"], cell.factors["n_units"], name): keyed.key
        for cell in plan.cells
        for name, keyed in cell.methods.items()
    }


def three(**_: object) -> dict[str, PooledOLS]:
    """One more estimator than `ols`, in front of the others."""
    return {"new": PooledOLS(shift=2.0), "ols": PooledOLS(), "shifted": PooledOLS(shift=1.0)}


# The grid.


def test_the_last_factor_varies_fastest() -> None:
    plan = study().plan()
    assert [cell.number for cell in plan.cells] == [0, 1, 2, 3]
    found = [(cell.factors["gap"], cell.factors["n_units"]) for cell in plan.cells]
    assert found == [(1.0, 6), (1.0, 8), (5.0, 6), (5.0, 8)]


def test_n_and_t_are_added() -> None:
    for cell in study().plan().cells:
        assert dict(cell.factors) == {
            "gap": cell.factors["gap"],
            "n_units": cell.factors["n_units"],
            "N": cell.factors["n_units"],
            "T": 4,
        }


def test_each_cell_has_its_design_and_estimators() -> None:
    cell = study().plan().cells[1]
    assert {name: keyed.method.estimator for name, keyed in cell.methods.items()} == {
        "ols": PooledOLS(),
        "shifted": PooledOLS(shift=1.0),
    }
    assert {keyed.method.dgp for keyed in cell.methods.values()} == {TwoLevels(8, gap=1.0)}


def test_the_functions_receive_panel_and_factors(democracy: Panel) -> None:
    seen: list[object] = []

    def dgp(panel: Panel | None, gap: float, n_units: int) -> DGP:
        seen.append((panel, gap, n_units))
        return TwoLevels(n_units, gap=gap)

    study(dgp=dgp).plan(democracy)
    assert seen == [(democracy, gap, n_units) for gap in GAPS for n_units in SIZES]


def test_planned_replications() -> None:
    experiment = study(first={"shifted": 4})
    plan = experiment.plan()
    assert (plan.replications, plan.seed) == (10, 0)
    assert all(dict(c.replications) == {"ols": 10, "shifted": 4} for c in plan.cells)
    assert sorted(plan.planned.values()) == [4] * 4 + [10] * 4
    assert set(plan.planned) == set(plan.methods)
    fewer = experiment.plan(replications=2)
    assert set(fewer.planned.values()) == {2}
    more = experiment.plan(replications=50)
    assert set(more.planned.values()) == {4, 50}


# Addresses.


@pytest.mark.parametrize(
    "changes",
    [
        {"factors": {"gap": (3.0, *GAPS), "n_units": SIZES}},
        {"factors": {"gap": GAPS, "n_units": (10, *SIZES)}},
        {"factors": {"n_units": SIZES[::-1], "gap": GAPS[::-1]}},
        {"estimators": three},
        {"replications": 99},
        {"first": {"ols": 1}},
        {"inference": lambda **_: {}},
        {"inference": lambda **_: {"ols": {}}, "record": [Misclassification()]},
        {"report": Report(penalties=("bic",))},
        {"report": Report(misses=(("ols", "shifted"),), compared=("ols",))},
        {"statistics": {"spread": lambda estimates, truths: np.ptp(estimates)}},  # noqa: ARG005
        {"name": "other", "title": "Other", "source": "elsewhere", "cost": "much"},
        {"parameters": ("slope",)},
    ],
    ids=lambda changes: ", ".join(changes),
)
def test_keys_depend_on_nothing_else_in_the_study(changes: dict[str, Any]) -> None:
    before, after = keys(study().plan()), keys(study(**changes).plan())
    assert len(before) == 8
    assert before.items() <= after.items()
    assert len(set(after.values())) == len(after)


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"derived": {"long_run": LongRun(0, 0)}},
        {"record": (Misclassification(), RandomRelabellings(10))},
        {"record": (Misclassification(), Profiles())},
        {"record": ()},
        {"parameters": {"theta1": (lambda truth: truth.theta[0], lambda fit: fit.theta[0])}},
        {"inference": lambda **_: {"ols": {"m": Draws()}, "shifted": {"m": Fixed()}}},
        {"dgp": lambda panel, gap, n_units: TwoLevels(n_units, 5, gap)},  # noqa: ARG005
        {"estimators": lambda **_: {"ols": PooledOLS(0.1), "shifted": PooledOLS(1.1)}},
    ],
    ids=lambda changes: ", ".join(changes),
)
def test_keys_depend_on_all_that_numbers_depend_on(changes: dict[str, Any]) -> None:
    before, after = keys(study().plan()), keys(study(**changes).plan())
    assert before.keys() == after.keys()
    assert not set(before.values()) & set(after.values())


@dataclass(frozen=True)
class Doubled:
    """Twice the slope."""

    def value(self, theta: np.ndarray) -> float:
        return 2.0 * float(theta[0])


def test_the_order_of_derived_parameters_counts() -> None:
    """They are stored by position: results in one order are none in the other."""
    one, other = LongRun(0, 0), Doubled()
    forwards = keys(study(derived={"one": one, "other": other}).plan())
    backwards = keys(study(derived={"other": other, "one": one}).plan())
    assert not set(forwards.values()) & set(backwards.values())


def test_the_seed_may_be_asked_for() -> None:
    assert keys(study().plan(seed=7)) == keys(study(seed=7).plan())
    assert keys(study().plan(seed=7)) != keys(study().plan())


def test_the_data_are_addressed_by_the_design_alone() -> None:
    for cell in study().plan().cells:
        assert len({keyed.dgp_key for keyed in cell.methods.values()}) == 1
        assert {keyed.dgp_key for keyed in cell.methods.values()} == {
            fingerprint(TwoLevels(cell.factors["n_units"], gap=cell.factors["gap"]))
        }


def test_the_description_is_json_and_names_every_method() -> None:
    plan = study(
        report=Report(misses=(("ols", "shifted"),)), derived={"long_run": LongRun(0, 0)}
    ).plan()
    described = json.loads(json.dumps(plan.describe()))
    assert described == plan.describe()
    assert described["parameters"] == ["theta1", "long_run"]
    assert described["slopes"] == 1
    assert described["report"]["misses"] == [["ols", "shifted"]]
    every = [(cell, name) for cell in plan.cells for name in cell.methods]
    assert len(described["methods"]) == len(every) == 8
    for entry, (cell, name) in zip(described["methods"], every, strict=True):
        keyed = cell.methods[name]
        assert (entry["cell"], entry["name"]) == (cell.number, name)
        assert entry["factors"] == dict(cell.factors)
        assert entry["depends_on"] == keyed.method.identity
        assert entry["estimator"]["parameters"] == {"shift": float(name == "shifted")}
        assert fingerprint(entry["depends_on"]) == keyed.fit_key
        assert list(entry["record"]) == ["Misclassification"]


def test_the_description_does_not_depend_on_where_it_was_made() -> None:
    assert study().plan().describe() == study().plan().describe()


# Refused when declared.


@pytest.mark.parametrize("name", ["", "two words", "a/b", "1st", "a.py"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with refused("must be an identifier"):
        study(name=name)


def test_an_empty_grid_is_refused() -> None:
    with refused("The grid must have factors"):
        study(factors={})


def test_an_empty_factor_is_refused() -> None:
    with refused("Factor `n_units` must have values"):
        study(factors={"gap": GAPS, "n_units": ()})


@pytest.mark.parametrize("values", [(1.0, 2.0, 1.0), ([1, 2], (1, 2)), (PooledOLS(), PooledOLS())])
def test_duplicate_values_are_refused(values: tuple[object, ...]) -> None:
    with refused("The values of factor `gap` must differ"):
        study(factors={"gap": values, "n_units": SIZES})


@pytest.mark.parametrize("parameters", [("theta1", "theta1"), ()])
def test_duplicate_or_no_parameters_are_refused(parameters: tuple[str, ...]) -> None:
    with refused("Parameters must have different names"):
        study(parameters=parameters)


def test_a_derived_parameter_called_as_a_slope_is_refused() -> None:
    with refused("Parameters must have different names; got theta1, theta1"):
        study(derived={"theta1": LongRun(0, 0)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("replications", 0),
        ("replications", -1),
        ("replications", 10.0),
        ("seed", -1),
        ("seed", 0.5),
    ],
)
def test_numbers_that_are_none_are_refused(name: str, value: object) -> None:
    with refused(f"`{name}` must be a whole number"):
        study(**{name: value})


# Refused when planned.


@pytest.mark.parametrize(("name", "value"), [("replications", 0), ("seed", -1)])
def test_numbers_asked_for_are_checked(name: str, value: int) -> None:
    asked: dict[str, Any] = {name: value}
    with refused(f"`{name}` must be a whole number"):
        study().plan(**asked)


@pytest.mark.parametrize(
    "changes",
    [
        {"factors": {"gap": GAPS}},
        {"factors": {"gap": GAPS, "n_units": SIZES, "other": (1,)}},
        {"dgp": lambda panel: TwoLevels()},  # noqa: ARG005
        {"estimators": lambda gap: {"ols": PooledOLS()}},  # noqa: ARG005
        {"inference": lambda gap: {}},  # noqa: ARG005
    ],
    ids=["missing", "unknown", "dgp", "estimators", "inference"],
)
def test_functions_that_do_not_take_the_factors_are_refused(changes: dict[str, Any]) -> None:
    with refused("must take the factors"):
        study(**changes).plan()


@pytest.mark.parametrize("parameters", [("a", "b"), ("a", "b", "c")])
def test_another_number_of_names_than_slopes_is_refused(parameters: tuple[str, ...]) -> None:
    with refused(f"got {len(parameters)} names for 1 slopes in any cell"):
        study(parameters=parameters).plan()


def test_more_groups_than_units_are_refused() -> None:
    def estimators(**_: object) -> dict[str, Estimator]:
        return {"ols": PooledOLS(), "gfe": GFE(groups=7)}

    with refused("Estimator `gfe` must have no more groups than units; got 7 groups for 6 units"):
        study(estimators=estimators).plan()


def test_a_cell_without_estimators_is_refused() -> None:
    with refused("Cell 0 of small (gap=1.0, n_units=6) must be one that can be drawn"):
        study(estimators=lambda **_: {}).plan()


@pytest.mark.parametrize("what", ["dgp", "estimators", "inference"])
def test_declarations_that_would_end_the_process_are_refused(what: str) -> None:
    def ends(*_: object, **__: object) -> Any:
        raise SystemExit(3)

    with refused("(gap=1.0, n_units=6) must be one that can be drawn; got SystemExit: 3"):
        study(**{what: ends}).plan()


@pytest.mark.parametrize(
    "changes", [{"first": {"osl": 5}}, {"report": Report(misses=(("ols", "osl"),))}]
)
def test_unknown_names_are_refused(changes: dict[str, Any]) -> None:
    with refused("must name estimators of the study; got osl. Give some of ols, shifted"):
        study(**changes).plan()


@pytest.mark.parametrize("first", [0, -5, 2.5])
def test_a_number_of_first_replications_that_is_none_is_refused(first: int) -> None:
    with refused("whole number"):
        study(first={"ols": first}).plan()


def test_two_estimators_that_are_the_same_are_refused() -> None:
    with refused("Each cell and estimator must be different"):
        study(estimators=lambda **_: {"one": PooledOLS(), "two": PooledOLS()}).plan()


def test_two_cells_that_are_the_same_are_refused() -> None:
    def dgp(panel: Panel | None, gap: float, n_units: int) -> DGP:
        return two_levels(panel, 1.0, n_units) if gap else TwoLevels()

    with refused("Each cell and estimator must be different"):
        study(dgp=dgp).plan()


def test_an_estimator_without_parameters_is_refused() -> None:
    class Opaque:
        def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
            raise NotImplementedError

    with refused("known by its parameters; got a test_an_estimator_without_parameters_is_refused"):
        study(estimators=lambda **_: {"opaque": Opaque()}).plan()


def test_what_a_study_is_can_be_seen() -> None:
    experiment = study()
    assert isinstance(experiment, Experiment)
    with pytest.raises(AttributeError):
        experiment.seed = 1  # type: ignore[misc]


# Inference and profiles.


def inferred(gap: float, n_units: int) -> dict[str, Any]:
    """Methods of one estimator, which depend on the cell."""
    return {"ols": {"fixed": Fixed(((gap,),)), "draws": Draws(str(n_units))}}


def test_each_cell_has_its_inference() -> None:
    plan = study(inference=inferred, record=(Profiles(),)).plan()
    for cell in plan.cells:
        gap, n_units = cell.factors["gap"], cell.factors["n_units"]
        method = cell.methods["ols"].method
        assert dict(method.inference) == {"fixed": Fixed(((gap,),)), "draws": Draws(str(n_units))}
        assert list(method.inference) == ["fixed", "draws"]
        assert dict(cell.methods["shifted"].method.inference) == {}
        for keyed in cell.methods.values():
            assert list(keyed.method.record) == ["Profiles", "StandardErrors"]


def test_without_inference_there_is_none() -> None:
    for cell in study().plan().cells:
        for keyed in cell.methods.values():
            assert not keyed.method.inference
            assert keyed.method.record == {"Misclassification": Misclassification()}
            assert set(keyed.parts) == {FIT, Part("metric", "Misclassification")}


def test_standard_errors_that_are_declared_are_recorded_once() -> None:
    plan = study(inference=inferred, record=(StandardErrors(), Profiles())).plan()
    method = plan.cells[0].methods["ols"].method
    assert list(method.record) == ["StandardErrors", "Profiles"]


def test_the_same_everywhere_may_be_given_as_it_is() -> None:
    methods = {"ols": {"draws": Draws()}}
    given = study(estimators=ols(), inference=methods)
    made = study(inference=lambda **_: methods)
    assert keys(given.plan()) == keys(made.plan())


def test_keys_depend_on_the_inference_of_their_own_estimator() -> None:
    before, after = keys(study().plan()), keys(study(inference=inferred).plan())
    for place, key in before.items():
        assert (after[place] == key) == (place[2] == "shifted")


@pytest.mark.parametrize(
    ("methods", "same"),
    [
        ({"one": OfFit()}, {"one"}),
        ({"two": Draws(), "one": OfFit()}, {"one", "two"}),
        ({"one": Draws(), "two": OfFit()}, set()),
        ({"one": OfFit(), "two": Draws("other")}, {"one"}),
    ],
    ids=["fewer", "order", "names", "options"],
)
def test_an_inference_method_is_known_by_its_options(
    methods: dict[str, Any], same: set[str]
) -> None:
    """Each by its own: not by its name, by its place, or by what runs beside it."""
    declared = {"one": OfFit(), "two": Draws()}
    before, after = (study(inference={"ols": given}).plan() for given in (declared, methods))
    for one, other in zip(before.cells, after.cells, strict=True):
        old, new = one.methods["ols"].parts, other.methods["ols"].parts
        assert one.methods["shifted"].parts == other.methods["shifted"].parts
        assert old[FIT] == new[FIT]
        for kind, metric in (("inference", ""), ("metric", "StandardErrors")):
            found = {name: _part(kind, metric, name) for name in ("one", "two")}
            kept = {name for name, part in found.items() if old[part] == new.get(part)}
            assert kept == same
    if set(methods.values()) == set(declared.values()):
        assert keys(before) == keys(after)


def _part(kind: str, metric: str, inference: str) -> Part:
    return Part(kind, metric, inference) if metric else Part(kind, inference)


def test_the_description_of_methods_names_their_inference() -> None:
    plan = study(inference=inferred, record=(Profiles(),)).plan()
    described = iter(json.loads(json.dumps(plan.describe()))["methods"])
    for cell in plan.cells:
        own, shifted = next(described), next(described)
        assert list(own["inference"]) == ["fixed", "draws"]
        assert own["inference"]["draws"]["parameters"] == {"tag": str(cell.factors["n_units"])}
        assert shifted["inference"] == {}
        assert list(own["record"]) == ["Profiles", "StandardErrors"]


class Bare:
    """Neither a covariance nor a gradient."""


@pytest.mark.parametrize(
    ("changes", "came"),
    [
        (
            {"inference": lambda **_: {"osl": {"m": Draws()}, "lso": {}}},
            "inference for lso, osl, which are no estimators",
        ),
        (
            {"inference": lambda **_: {"ols": {"good": Draws(), "bad": PooledOLS()}}},
            "inference method bad has no method `covariance`",
        ),
        (
            {"inference": lambda **_: {"ols": {"bad": Draws}}},
            "known by its parameters; got a",
        ),
        (
            {
                "inference": lambda **_: {"ols": {"m": Draws()}},
                "derived": {"long_run": LongRun(0, 0), "twice": Doubled()},
            },
            "derived parameter twice has no method `gradient`",
        ),
        ({"inference": lambda **_: None}, "TypeError"),
        ({"inference": lambda **_: {"ols": Draws()}}, "AttributeError"),
    ],
    ids=["estimator", "covariance", "class", "gradient", "none", "method"],
)
def test_inference_that_cannot_be_run_is_refused(changes: dict[str, Any], came: str) -> None:
    with refused("Cell 0 of small (gap=1.0, n_units=6) must be one that can be drawn"):
        study(**changes).plan()
    with pytest.raises(InputError, match=came):
        study(**changes).plan()


def test_the_cell_with_inference_that_cannot_be_run_is_named() -> None:
    def inference(gap: float, n_units: int) -> dict[str, Any]:
        return {"ols": {"m": Draws() if (gap, n_units) != (5.0, 6) else Bare()}}

    with refused("Cell 2 of small (gap=5.0, n_units=6)"):
        study(inference=inference).plan()


def test_without_inference_a_derived_parameter_needs_no_gradient() -> None:
    plan = study(derived={"twice": Doubled()}).plan()
    assert len(plan.cells) == 4
