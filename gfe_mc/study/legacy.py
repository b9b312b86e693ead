"""What results say of themselves that are from before parts were stored by keys of their own.

Their methods were known by one key, of the estimator with everything that was recorded. What that
key was made of stands in their provenance; the keys of the parts follow from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gfe_mc.canonical import fingerprint
from gfe_mc.metrics.group_errors import GroupErrors
from gfe_mc.metrics.group_slopes import GroupSlopes
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.number_of_groups import NumberOfGroups
from gfe_mc.metrics.path import Path
from gfe_mc.metrics.profiles import Profiles
from gfe_mc.metrics.relabellings import RandomRelabellings
from gfe_mc.metrics.standard_errors import StandardErrors
from gfe_mc.metrics.unit_slopes import UnitSlopes
from gfe_mc.study.method import FIT, Part

if TYPE_CHECKING:
    from gfe_mc.study.plan import Plan

_OF_FIT = ("computation", "seed", "dgp", "estimator", "derived")


def is_legacy(study: Mapping[str, Any]) -> bool:
    """Return whether a description of a study is one of those."""
    return "arms" in study


def modern(study: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of a study as it would be written today, as far as reports need it."""
    if not is_legacy(study):
        return dict(study)
    choice = study.get("choice") or {}
    kept = ("experiment", "title", "source", "parameters", "replications", "seed", "first")
    return {
        **{name: study[name] for name in kept},
        "slopes": choice.get("slopes"),
        "report": {
            "published": study["published"],
            "misses": study["misses"],
            "compared": study.get("compared", []),
            "penalties": choice.get("penalties", []),
            "figures": study.get("figures", []),
        },
        "methods": [
            {name: arm[name] for name in ("cell", "factors", "name", "replications")}
            for arm in study["arms"].values()
        ],
    }


def computations(study: Mapping[str, Any]) -> set[int]:
    """Return the versions of the computation that a study's results are of."""
    if is_legacy(study):
        return {arm["computation"] for arm in study["arms"].values()}
    return {one["depends_on"]["computation"] for one in study["methods"]}


def fit_keys(study: Mapping[str, Any]) -> set[str]:
    """Return the keys of the fits that a study describes."""
    if is_legacy(study):
        return {_fit_key(arm) for arm in study["arms"].values()}
    return {fingerprint(one["depends_on"]) for one in study["methods"]}


def part_keys(
    arm_key: str, arm: Mapping[str, Any], inferred: list[str], plan: Plan
) -> Iterator[tuple[Part, str]]:
    """Return the parts of an old method, and their keys.

    Parameters
    ----------
    arm_key : str
        Its key.
    arm : mapping of str to object
        What it was made of.
    inferred : list of str
        Names of the inference methods that ran.
    plan : Plan
        The study of today: several inference methods had one identity together, which can only be
        compared with that of those that are declared.
    """
    fit = _fit_key(arm)
    yield FIT, fit
    metrics: list[Any] = [Misclassification(), UnitSlopes(), NumberOfGroups(), Path()]
    if arm["permutations"]:
        metrics.append(RandomRelabellings(arm["permutations"]))
    if arm.get("profiles"):
        metrics.append(Profiles())
    if arm.get("group_slopes"):
        metrics.append(GroupSlopes())
    for metric in metrics:
        key = fingerprint({"fit": fit, "metric": fingerprint(metric)})
        yield Part("metric", type(metric).__name__), key
    if "inference" not in arm:
        return
    known = _known_inference(fit, arm["inference"], inferred, plan)
    for name in inferred:
        key = known.get(name) or fingerprint({"arm": arm_key, "inference": name})
        yield Part("inference", name), key
        of_inference: list[Any] = [StandardErrors()]
        if arm.get("group_slopes"):
            of_inference.append(GroupErrors())
        for metric in of_inference:
            of_metric = {"fit": fit, "metric": fingerprint(metric), "inference": key}
            yield Part("metric", type(metric).__name__, name), fingerprint(of_metric)


def _fit_key(arm: Mapping[str, Any]) -> str:
    return fingerprint({name: arm[name] for name in _OF_FIT})


def _known_inference(fit: str, identity: str, inferred: list[str], plan: Plan) -> Mapping[str, str]:
    """Keys of old inference methods by name, where they are those of a method of the plan."""
    for keyed in plan.methods.values():
        declared = keyed.method.inference
        if keyed.fit_key != fit or not declared:
            continue
        asked = {name: one for name, one in declared.items() if name in inferred}
        for methods in (declared, asked):
            if fingerprint(list(methods.items())) == identity:
                return {name: keyed.parts[Part("inference", name)] for name in methods}
    return {}
