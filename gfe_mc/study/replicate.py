"""One replication: the only place where DGP, estimator, inference and metrics meet."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from gfe_mc.clusters import witness
from gfe_mc.dgp.sample import Sample
from gfe_mc.fit import Fit, Status
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.metrics.outcome import MetricStatus, Outcome, Undeclared
from gfe_mc.study.block import Block, Row, Values
from gfe_mc.study.faults import describe, require_fault
from gfe_mc.study.limit import TimeLimitError, limited
from gfe_mc.study.method import FIT, PARAMETERS, Keyed, Part
from gfe_mc.study.packing import unpacked
from gfe_mc.study.rows import fitted, inferred, require_fit, require_sample, scored, truth_of


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
            part.kind == "metric" and part.name in self.keyed.reading and not part.inference
            for part in self.parts
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
    return next(_replicate([work], replication, nullcontext()))


def _replicate(
    works: Sequence[Work], replication: int, limit: AbstractContextManager[object]
) -> Iterator[Row]:
    """Draw one sample, and estimate and score it by each of the methods, which share it.

    Drawing, and each method, is done within `limit`.
    """
    failure = ""
    witness.begin(works[0].keyed.place, replication)
    try:
        try:
            with limit:
                sample = drawn(works[0].keyed, replication)
        except BaseException as error:
            require_fault(error)
            failure = describe(error)
        for one in works:
            if failure:
                yield failed_row(one, Status.DGP_FAILED, failure)
            else:
                witness.begin(one.keyed.place, replication)
                yield _estimate_within(limit, one, sample, replication)
    finally:
        witness.end()


def drawn(keyed: Keyed, replication: int) -> Sample:
    """Draw the sample of a replication.

    Raises
    ------
    InputError
        What was drawn is none.
    """
    sample = keyed.sample(replication)
    require_sample(sample)
    return sample


def truth_of_sample(keyed: Keyed, sample: Sample) -> np.ndarray:
    """Compute the true parameters of a sample, (P,)."""
    truth = keyed.shown(PARAMETERS, sample.truth)
    return keyed.method.parameters.of_truth(truth)


def failed_row(work: Work, status: Status, message: str, **known: Any) -> Row:
    """Return the record of a replication without a fit."""
    n_parameters = len(work.keyed.method.parameters.names)
    blank = np.full(n_parameters, np.nan)
    fit = {"truth": blank, "estimate": blank, "status": int(status), "message": message}
    return _kept(work, fit | known, {})


def _estimate_within(
    limit: AbstractContextManager[object], work: Work, sample: Sample, replication: int
) -> Row:
    """Estimate and score a sample by one method, within a time limit."""
    try:
        with limit:
            return _estimate(work, sample, replication)
    except TimeLimitError as error:
        # It struck between what is called of others.
        return failed_row(work, Status.TIME_LIMIT, describe(error))


def _estimate(work: Work, sample: Sample, replication: int) -> Row:
    """Estimate and score a sample by one method."""
    keyed = work.keyed
    try:
        truth = truth_of(truth_of_sample(keyed, sample))
    except BaseException as error:
        require_fault(error)
        return failed_row(work, Status.DGP_FAILED, describe(error))
    started = time.thread_time()
    try:
        fit = _fit(keyed, sample, replication)
        seconds = time.thread_time() - started
        estimate = keyed.method.parameters.of_fit(keyed.shown(PARAMETERS, fit))
        values = fitted(fit, estimate, seconds) | truth
    except BaseException as error:
        require_fault(error)
        seconds = time.thread_time() - started
        late = isinstance(error, TimeLimitError)
        status = Status.TIME_LIMIT if late else Status.ESTIMATOR_FAILED
        return failed_row(work, status, describe(error), seconds=seconds, **truth)
    further: dict[Part, Values] = {}
    covariances: dict[str, Covariance] = {}
    if Status(values["status"]).usable:
        for name in work.inference():
            found, covariance = _infer(work, name, fit, sample, replication)
            further[Part("inference", name)] = found
            if covariance is not None:
                covariances[name] = covariance
    for part in sorted(work.parts):
        if part.kind == "metric":
            if part.inference and part.inference not in covariances:
                further[part] = {"metric_status": int(MetricStatus.NO_FIT)}
            else:
                further[part] = _score(keyed, part, sample, fit, covariances, replication)
    return _kept(work, values, further)


def _fit(keyed: Keyed, sample: Sample, replication: int) -> Fit:
    fit = keyed.fit(sample, replication)
    require_fit(fit, sample)
    if fit.estimator is None:
        # So that it can be made again of a resampled panel.
        fit = replace(fit, estimator=keyed.method.estimator)
    return fit


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
    keyed: Keyed, part: Part, covariances: Mapping[str, Covariance]
) -> Mapping[str, Covariance]:
    """Covariances that a metric may look at."""
    if part.inference:
        return {name: one for name, one in covariances.items() if name == part.inference}
    return dict(covariances) if part.name in keyed.reading else Undeclared()


def _infer(
    work: Work, name: str, fit: Fit, sample: Sample, replication: int
) -> tuple[Values, Covariance | None]:
    """Run an inference method; whatever goes wrong with it is recorded in its place."""
    keyed, method = work.keyed, work.keyed.method.inference[name]
    shown = partial(keyed.shown, Part("inference", name))
    started = time.thread_time()
    covariance: Covariance | None = None
    try:
        purpose = f"inference {keyed.estimator_key} {keyed.inference_keys[name]}"
        rng = keyed.stream(replication, purpose)
        covariance = method.covariance(shown(sample.panel), shown(fit), rng)
        values = inferred(covariance, fit)
    except BaseException as error:
        require_fault(error)
        status, message = InferenceStatus.INFERENCE_FAILED, describe(error)
        values = {"inference_status": int(status), "inference_message": message}
        covariance = None
    return values | {"inference_seconds": time.thread_time() - started}, covariance


def _score(
    keyed: Keyed,
    part: Part,
    sample: Sample,
    fit: Fit,
    covariances: Mapping[str, Covariance],
    replication: int,
) -> Values:
    """Record a metric; whatever goes wrong with it is recorded in its place."""
    parameters = keyed.method.parameters
    shown = partial(keyed.shown, Part("metric", part.name))
    try:
        outcome = Outcome(
            shown(sample),
            shown(fit),
            shown(_seen(keyed, part, covariances)),
            shown(parameters),
            partial(_stream, keyed, replication),
        )
        recorded = keyed.method.record[part.name].record(outcome)
        return scored(part, keyed.variables[part.name], recorded, len(parameters.names))
    except BaseException as error:
        require_fault(error)
        return {
            "metric_status": int(MetricStatus.METRIC_FAILED),
            "metric_message": describe(error),
        }


def run_block(work: Work | Keyed, replications: Sequence[int]) -> Block:
    """Run some replications of a method, one after the other."""
    one = work if isinstance(work, Work) else Work.whole(work)
    return run_blocks([one], replications)[0]


def run_blocks(
    works: Sequence[Work],
    replications: Sequence[int],
    *,
    seconds: float | None = None,
    fatal: bool = False,
) -> list[Block]:
    """Run some replications of methods that share their samples: a block for each method.

    The time of drawing a sample counts as the first method's.

    Parameters
    ----------
    works : sequence of Work
        The methods.
    replications : sequence of int
        Numbers of the replications.
    seconds : float, optional
        Time limit for a replication of a method, and for drawing a sample; none if None.
    fatal : bool, default False
        As in `gfe_mc.study.limit.limited`.
    """
    one_blas_thread()
    rows: list[list[Row]] = [[] for _ in works]
    wall = [0.0] * len(works)
    with limited(seconds, fatal=fatal) as limit:
        for replication in replications:
            started = time.perf_counter()
            for n, row in enumerate(_replicate(works, int(replication), limit)):
                rows[n].append(row)
                ended = time.perf_counter()
                wall[n] += ended - started
                started = ended
    return [Block.of_rows(one.keyed, replications, rows[n], wall[n]) for n, one in enumerate(works)]


def run_packed(
    packed: bytes,
    replications: Sequence[int],
    *,
    seconds: float | None = None,
    fatal: bool = False,
) -> list[Block]:
    """Run some replications of work that `pack` pickled, as `run_blocks` does."""
    return run_blocks(unpacked(packed), replications, seconds=seconds, fatal=fatal)


def lost_block(work: Work, replication: int, status: Status = Status.WORKER_LOST) -> Block:
    """Return the record of a replication whose worker died, or was ended, every time."""
    row = failed_row(work, status, status.message)
    return Block.of_rows(work.keyed, [replication], [row], 0.0)


@cache
def one_blas_thread() -> None:
    """Hold linear algebra to one thread in this process: the same bits, and no oversubscription."""
    threadpool_limits(1)
