"""One replication: the only place where DGP, estimator, inference and metrics meet."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Any

import cloudpickle
import numpy as np
from threadpoolctl import threadpool_limits

from gfe_mc.canonical import fingerprint
from gfe_mc.dgp.sample import Sample
from gfe_mc.fit import Fit, Status
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.metrics.outcome import Metric, MetricStatus, Outcome, Undeclared
from gfe_mc.study.block import Block, Row, Values
from gfe_mc.study.faults import describe
from gfe_mc.study.method import FIT, Keyed, Part, reads_covariances


@dataclass(frozen=True)
class Work:
    """A method, and the parts of it that are to be computed.

    The fit is always computed: everything else is made of it.

    Attributes
    ----------
    keyed : Keyed
        The method.
    parts : frozenset of Part
        The parts of it.
    """

    keyed: Keyed
    parts: frozenset[Part]

    @classmethod
    def whole(cls, keyed: Keyed) -> Work:
        """Return the work of computing everything."""
        return cls(keyed, frozenset(keyed.parts))

    def inference(self) -> list[str]:
        """Return the names of the inference methods that have to run."""
        method = self.keyed.method
        if any(
            getattr(method.record[part.name], "needs_covariances", False)
            for part in self.parts
            if part.kind == "metric" and not part.inference
        ):
            return list(method.inference)
        asked = {part.inference or part.name for part in self.parts if _of_inference(part)}
        return [name for name in method.inference if name in asked]


def _of_inference(part: Part) -> bool:
    return part.kind == "inference" or bool(part.inference)


def replicate(work: Work, replication: int) -> Row:
    """Draw, estimate, infer and score one replication.

    Whatever goes wrong is recorded in the row: a status of its own for the fit, each inference
    method and each metric, and a message.
    """
    return next(_replicate([work], replication))


def _replicate(works: Sequence[Work], replication: int) -> Iterator[Row]:
    """Draw one sample, and estimate and score it by each of the methods, which share it."""
    try:
        sample = works[0].keyed.sample(replication)
    except Exception as error:
        for one in works:
            yield failed_row(one, Status.DGP_FAILED, describe(error))
        return
    for one in works:
        yield _estimate(one, sample, replication)


def failed_row(work: Work, status: Status, message: str, **known: Any) -> Row:
    """Return the record of a replication without a fit."""
    n_parameters = len(work.keyed.method.parameters.names)
    blank = np.full(n_parameters, np.nan)
    fit = {"truth": blank, "estimate": blank, "status": int(status), "message": message}
    return _kept(work, fit | known, {})


def _estimate(work: Work, sample: Sample, replication: int) -> Row:
    """Estimate and score a sample by one method."""
    keyed, method = work.keyed, work.keyed.method
    try:
        truth = method.parameters.of_truth(sample.truth)
    except Exception as error:
        return failed_row(work, Status.DGP_FAILED, describe(error))
    started = time.thread_time()
    try:
        fit = keyed.fit(sample, replication)
        if fit.estimator is None:
            # So that it can be made again of a resampled panel.
            fit = replace(fit, estimator=method.estimator)
        seconds = time.thread_time() - started
        values = _fitted(fit, sample, work, seconds) | {"truth": truth}
    except Exception as error:
        seconds = time.thread_time() - started
        return failed_row(
            work, Status.ESTIMATOR_FAILED, describe(error), truth=truth, seconds=seconds
        )
    further: dict[Part, Values] = {}
    covariances: dict[str, Covariance] = {}
    if Status(values["status"]).usable:
        for name in work.inference():
            found, covariance = _infer(work, name, fit, sample, replication)
            further[Part("inference", name)] = found
            if covariance is not None:
                covariances[name] = covariance
    stream = partial(_stream, keyed, replication)
    for part in sorted(work.parts):
        if part.kind == "metric":
            metric = method.record[part.name]
            seen = _seen(metric, part, covariances)
            outcome = Outcome(sample, fit, seen, method.parameters, stream)
            if part.inference and part.inference not in covariances:
                further[part] = {"metric_status": int(MetricStatus.NO_FIT)}
            else:
                further[part] = _score(metric, part, outcome)
    return _kept(work, values, further)


def _kept(work: Work, fit: Values, further: Mapping[Part, Values]) -> Row:
    """Return the row of the parts that were asked for; those that could not be are blank."""
    parts: dict[Part, Values] = {}
    for part in sorted(work.parts):
        if part == FIT:
            parts[part] = fit
        elif part in further:
            parts[part] = further[part]
        else:
            parts[part] = (
                {"metric_status": int(MetricStatus.NO_FIT)} if part.kind == "metric" else {}
            )
    return Row(parts)


def _stream(keyed: Keyed, replication: int, purpose: str) -> np.random.Generator:
    return keyed.stream(replication, f"{purpose} {keyed.estimator_key}")


def _seen(
    metric: Metric, part: Part, covariances: Mapping[str, Covariance]
) -> Mapping[str, Covariance]:
    """Covariances that a metric may look at."""
    if part.inference:
        return {name: one for name, one in covariances.items() if name == part.inference}
    return covariances if reads_covariances(metric) else Undeclared()


def _fitted(fit: Fit, sample: Sample, work: Work, seconds: float) -> Values:
    """Values of a fit, which is checked."""
    theta = np.asarray(fit.theta, np.float64)
    expected = sample.truth.theta.shape
    # An estimator without slopes has none of the parameters that are made of them.
    if theta.shape != expected and theta.size:
        raise ValueError(f"theta has shape {theta.shape}, not {expected}")
    if fit.groups is not None:
        _check_groups(np.asarray(fit.groups), sample.panel.shape[0])
    estimate = work.keyed.method.parameters.of_fit(fit)
    status = Status(fit.status)
    known = theta if theta.size else estimate
    # One that is not finite leaves the others as they are.
    if status.usable and known.size and not np.isfinite(known).any():
        status = Status.NOT_FINITE
    return {
        "estimate": estimate,
        "objective": float(fit.objective),
        "n_best": int(fit.n_best),
        "n_tries": int(fit.n_tries),
        "seconds": seconds,
        "status": int(status),
        "message": "" if status == Status.SUCCESS else status.message,
    }


def _infer(
    work: Work, name: str, fit: Fit, sample: Sample, replication: int
) -> tuple[Values, Covariance | None]:
    """Run an inference method; whatever goes wrong with it is recorded in its place."""
    keyed, method = work.keyed, work.keyed.method.inference[name]
    started = time.thread_time()
    covariance = None
    try:
        rng = keyed.stream(replication, f"inference {keyed.estimator_key} {fingerprint(method)}")
        covariance = method.covariance(sample.panel, fit, rng)
        n_slopes = np.asarray(fit.theta).size
        if covariance.theta.shape != (n_slopes, n_slopes):
            raise ValueError(f"the covariance has shape {covariance.theta.shape}")
        status = InferenceStatus(covariance.status)
        with np.errstate(invalid="ignore"):
            finite = np.isfinite(covariance.standard_errors).all()
        if status == InferenceStatus.SUCCESS and not finite:
            status = InferenceStatus.NOT_FINITE
        message = "; ".join(covariance.notes)
    except Exception as error:
        status, message = InferenceStatus.INFERENCE_FAILED, describe(error)
        covariance = None
    return {
        "inference_status": int(status),
        "inference_seconds": time.thread_time() - started,
        "inference_message": message,
    }, covariance


def _score(metric: Metric, part: Part, outcome: Outcome) -> Values:
    """Record a metric; whatever goes wrong with it is recorded in its place."""
    try:
        declared = metric.variables
        values: Values = {}
        for name, value in dict(metric.record(outcome)).items():
            if name not in declared:
                raise KeyError(f"`{name}` is recorded, and not declared in `variables`")
            checked = declared[name].checked(name, value)
            values[name] = checked[0] if part.inference else checked
    except Exception as error:
        return {
            "metric_status": int(MetricStatus.METRIC_FAILED),
            "metric_message": describe(error),
        }
    return values | {"metric_status": int(MetricStatus.SUCCESS)}


def _check_groups(groups: np.ndarray, n_units: int) -> None:
    if groups.shape != (n_units,) or groups.dtype.kind not in "iu" or groups.min() < 0:
        raise ValueError(
            f"groups has shape {groups.shape} and type {groups.dtype}; "
            f"it must number the group of each of {n_units} units from 0"
        )


def run_block(work: Work | Keyed, replications: Sequence[int]) -> Block:
    """Run some replications of a method, one after the other."""
    one = work if isinstance(work, Work) else Work.whole(work)
    return run_blocks([one], replications)[0]


def run_blocks(works: Sequence[Work], replications: Sequence[int]) -> list[Block]:
    """Run some replications of methods that share their samples: a block for each method.

    The time of drawing a sample counts as the first method's.
    """
    one_blas_thread()
    rows: list[list[Row]] = [[] for _ in works]
    wall = [0.0] * len(works)
    for replication in replications:
        started = time.perf_counter()
        for n, row in enumerate(_replicate(works, int(replication))):
            rows[n].append(row)
            ended = time.perf_counter()
            wall[n] += ended - started
            started = ended
    return [Block.of_rows(one.keyed, replications, rows[n], wall[n]) for n, one in enumerate(works)]


def pack(works: Sequence[Work]) -> bytes:
    """Pickle work for its way to the workers, a user's own classes by value."""
    packed: bytes = cloudpickle.dumps(list(works))
    return packed


def run_packed(packed: bytes, replications: Sequence[int]) -> list[Block]:
    """Run some replications of work that `pack` pickled."""
    return run_blocks(_unpack(packed), replications)


@lru_cache(maxsize=64)
def _unpack(packed: bytes) -> list[Work]:
    works: list[Work] = cloudpickle.loads(packed)
    return works


def lost_block(work: Work, replication: int) -> Block:
    """Return the record of a replication whose worker died every time."""
    row = failed_row(work, Status.WORKER_LOST, Status.WORKER_LOST.message)
    return Block.of_rows(work.keyed, [replication], [row], 0.0)


@cache
def one_blas_thread() -> None:
    """Hold linear algebra to one thread in this process: the same bits, and no oversubscription."""
    threadpool_limits(1)
