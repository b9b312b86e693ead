"""Folders of results for tests: filled without a cluster, and compared."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from gfe_mc.study.plan import Plan
from gfe_mc.study.remaining import Again
from gfe_mc.study.replicate import run_block
from gfe_mc.study.store import Store, open_store

TIMES = {"seconds", "inference_seconds"}


def fill(store: Store, size: int = 5, upto: int | None = None, again: Again | None = None) -> None:
    """Run what is missing, in blocks of a size, without a cluster."""
    for works in store.remaining(again).values():
        for work, missing in works:
            numbers = missing[:upto]
            for start in range(0, len(numbers), size):
                store.write(run_block(work, numbers[start : start + size]))


def complete(plan: Plan, folder: Path, again: Again | None = None) -> xr.Dataset:
    """Run all that is missing of a study, without a cluster, and return its dataset."""
    store = open_store(folder, plan)
    store.write_provenance(store.read_provenance() | {"study": plan.describe()})
    fill(store, again=again)
    return store.consolidate()


def counts(store: Store) -> list[list[int]]:
    """Replications that are missing of something, of each method that misses some."""
    found = (
        sorted({number for _, numbers in works for number in numbers})
        for works in store.remaining().values()
    )
    return [numbers for numbers in found if numbers]


def missing_parts(store: Store, again: Again | None = None) -> dict[str, set[str]]:
    """Kinds and names of the parts that are to be computed, by name of the estimator."""
    found: dict[str, set[str]] = {}
    for key, works in store.remaining(again).items():
        for work, _ in works:
            parts = {" ".join(filter(None, part)) for part in work.parts}
            found.setdefault(store.plan.names[key], set()).update(parts)
    return found


def same(one: xr.Dataset, other: xr.Dataset) -> bool:
    """Whether all but times and the record of the run is the same."""
    one, other = (each.drop_vars(TIMES, errors="ignore") for each in (one, other))
    return one.identical(other.assign_attrs(one.attrs))


def assert_same_bytes(
    one: xr.Dataset, other: xr.Dataset, *, times: bool = False, subset: bool = False
) -> None:
    """All but the times is the same to the last bit; the times too, if asked for.

    Where it is a subset, variables are compared at what both have of inference methods and
    metrics.
    """
    assert set(one.data_vars) == set(other.data_vars)
    if not subset:
        assert set(one.coords) == set(other.coords)
    for name in set(map(str, one.data_vars)) - (set() if times else TIMES):
        own, others = one[name], other[name]
        if subset:
            along = {dim: own[dim] for dim in ("inference", "metric") if dim in own.dims}
            others = others.sel(along)
        assert own.dims == others.dims
        if own.dtype == object:
            assert own.to_numpy().tolist() == others.to_numpy().tolist(), name
        else:
            assert own.to_numpy().tobytes() == others.to_numpy().tobytes(), name
