"""One replication: the only place where DGP, estimator, inference and score meet."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

import cloudpickle
import numpy as np
from threadpoolctl import threadpool_limits

from gfe_mc.canonical import fingerprint
from gfe_mc.dgp.sample import DGP, Sample
from gfe_mc.errors import InputError
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.fit import Fit, Status
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.score import (
    misclassification,
    misclassification_permutations,
    relabelling,
    slope_mse,
)
from gfe_mc.parameters import Derived
from gfe_mc.seeds import DATA, generator
from gfe_mc.selection.dispersion import dispersion
from gfe_mc.study.block import Block, Row
from gfe_mc.version import COMPUTATION


@dataclass(frozen=True)
class Arm:
    """One estimator in one cell: all that a worker needs to run any replication of it.

    Attributes
    ----------
    seed
        The study's root seed.
    dgp, estimator
        What is drawn, and what is fitted.
    derived
        Further parameters, by name, computed from the slopes.
    permutations
        Random relabellings for the misclassification by permutations; none if 0.
    inference
        Inference methods, by name.
    profiles
        Whether the group profiles are recorded.
    group_slopes
        Whether the slopes of each group are recorded.
    """

    seed: int
    dgp: DGP
    estimator: Estimator
    derived: Mapping[str, Derived]
    permutations: int
    inference: Mapping[str, Inference] = field(default_factory=dict)
    profiles: bool = False
    group_slopes: bool = False

    @property
    def identity(self) -> dict[str, object]:
        """What the numbers of the arm depend on, each part by its fingerprint.

        Parts that an arm does not have are left out, so that results from before there were such
        parts are still known.
        """
        identity: dict[str, object] = {
            "computation": COMPUTATION,
            "seed": self.seed,
            "dgp": fingerprint(self.dgp),
            "estimator": fingerprint(self.estimator),
            "derived": fingerprint(list(self.derived.items())),
            "permutations": self.permutations,
        }
        if self.inference:
            identity["inference"] = fingerprint(list(self.inference.items()))
        if self.profiles:
            identity["profiles"] = True
        if self.group_slopes:
            identity["group_slopes"] = True
        return identity


@dataclass(frozen=True)
class Addressed:
    """An arm with its fingerprints, which are computed once and travel with it."""

    arm: Arm
    key: str
    dgp_key: str
    estimator_key: str
    n_parameters: int

    @classmethod
    def of(cls, arm: Arm, n_parameters: int) -> Addressed:
        """Compute the fingerprints of an arm with P parameters."""
        identity = arm.identity
        return cls(
            arm,
            fingerprint(identity),
            str(identity["dgp"]),
            str(identity["estimator"]),
            n_parameters,
        )

    def stream(self, replication: int, purpose: str) -> np.random.Generator:
        """Return the generator of a replication for a purpose."""
        return generator(self.arm.seed, self.dgp_key, replication, purpose)

    def sample(self, replication: int) -> Sample:
        """Draw the data of a replication; the same for every estimator of the cell."""
        return self.arm.dgp.draw(self.stream(replication, DATA))

    def parameters(self, theta: np.ndarray) -> np.ndarray:
        """Return the slopes (K,), then the derived parameters: (P,)."""
        derived = [parameter.value(theta) for parameter in self.arm.derived.values()]
        given = self.n_parameters - len(theta) - len(derived)
        # A cell may have fewer slopes than the study has names for.
        return np.concatenate([theta, np.full(max(given, 0), np.nan), derived])

    def errors(
        self, covariance: Covariance, theta: np.ndarray
    ) -> tuple[np.ndarray, InferenceStatus]:
        """Return the standard errors (P,) of the parameters at slopes theta, and the status."""
        if covariance.theta.shape != (theta.size, theta.size):
            raise ValueError(f"the covariance has shape {covariance.theta.shape}")
        with np.errstate(invalid="ignore"):
            own = covariance.standard_errors
            derived = [covariance.error_of(p, theta) for p in self.arm.derived.values()]
        status = InferenceStatus(covariance.status)
        if status == InferenceStatus.SUCCESS and not np.isfinite(own).all():
            status = InferenceStatus.NOT_FINITE
        missing = np.full(max(self.n_parameters - len(own) - len(derived), 0), np.nan)
        return np.concatenate([own, missing, derived]), status


def replicate(addressed: Addressed, replication: int) -> Row:
    """Draw, estimate and score one replication.

    Whatever goes wrong is recorded in the row: its status, and a message.
    """
    return next(_replicate([addressed], replication))


def same_sample(addressed: Addressed) -> tuple[int, str]:
    """Return what arms have in common that fit the same samples."""
    return addressed.arm.seed, addressed.dgp_key


def _replicate(arms: Sequence[Addressed], replication: int) -> Iterator[Row]:
    """Draw one sample, and estimate and score it by each of the arms, which share it."""
    try:
        sample = arms[0].sample(replication)
    except Exception as error:
        message = _describe(error)
        for one in arms:
            empty = Row.empty(one.n_parameters)
            yield replace(empty, status=Status.DGP_FAILED, message=message)
        return
    for one in arms:
        yield _estimate(one, sample, replication)


def _estimate(addressed: Addressed, sample: Sample, replication: int) -> Row:
    """Estimate and score a sample by one arm."""
    arm = addressed.arm
    row = Row.empty(addressed.n_parameters)
    try:
        row = replace(row, truth=addressed.parameters(sample.truth.theta))
    except Exception as error:
        return replace(row, status=Status.DGP_FAILED, message=_describe(error))
    started = time.thread_time()
    try:
        rng = addressed.stream(replication, addressed.estimator_key)
        fit = arm.estimator.fit(sample.panel, rng)
        seconds = time.thread_time() - started
        row = _score(row, fit, sample, addressed, replication, seconds)
    except Exception as error:
        seconds = time.thread_time() - started
        return replace(
            row, status=Status.ESTIMATOR_FAILED, message=_describe(error), seconds=seconds
        )
    if arm.inference and row.status <= Status.ITERATION_LIMIT:
        _infer(row, fit, sample, addressed, replication)
    return row


def run_block(addressed: Addressed, replications: Sequence[int]) -> Block:
    """Run some replications of an arm, one after the other."""
    return run_blocks([addressed], replications)[0]


def run_blocks(arms: Sequence[Addressed], replications: Sequence[int]) -> list[Block]:
    """Run some replications of arms that share their samples: a block for each arm.

    The time of drawing a sample counts as the first arm's.
    """
    one_blas_thread()
    rows: list[list[Row]] = [[] for _ in arms]
    wall = [0.0] * len(arms)
    for replication in replications:
        started = time.perf_counter()
        for n, row in enumerate(_replicate(arms, int(replication))):
            rows[n].append(row)
            ended = time.perf_counter()
            wall[n] += ended - started
            started = ended
    return [Block.of_rows(arm.key, replications, rows[n], wall[n]) for n, arm in enumerate(arms)]


def pack(arms: Sequence[Addressed]) -> bytes:
    """Pickle arms for their way to the workers, a user's own classes by value."""
    packed: bytes = cloudpickle.dumps(list(arms))
    return packed


def run_packed(packed: bytes, replications: Sequence[int]) -> list[Block]:
    """Run some replications of arms that `pack` pickled."""
    return run_blocks(_unpack(packed), replications)


@lru_cache(maxsize=64)
def _unpack(packed: bytes) -> list[Addressed]:
    arms: list[Addressed] = cloudpickle.loads(packed)
    return arms


def lost_block(addressed: Addressed, replication: int) -> Block:
    """Return the record of a replication whose worker died every time."""
    row = replace(
        Row.empty(addressed.n_parameters),
        status=Status.WORKER_LOST,
        message=Status.WORKER_LOST.message,
    )
    return Block.of_rows(addressed.key, [replication], [row], 0.0)


@cache
def one_blas_thread() -> None:
    """Hold linear algebra to one thread in this process: the same bits, and no oversubscription."""
    threadpool_limits(1)


def _score(
    row: Row, fit: Fit, sample: Sample, addressed: Addressed, replication: int, seconds: float
) -> Row:
    theta = np.asarray(fit.theta, np.float64)
    if theta.shape != sample.truth.theta.shape:
        raise ValueError(f"theta has shape {theta.shape}, not {sample.truth.theta.shape}")
    if fit.groups is not None:
        _check_groups(np.asarray(fit.groups), sample.panel.shape[0])
    row = replace(
        row,
        estimate=addressed.parameters(theta),
        objective=float(fit.objective),
        n_best=fit.n_best,
        n_tries=fit.n_tries,
        seconds=seconds,
        status=Status(fit.status),
    )
    if fit.groups is not None and sample.truth.groups is not None:
        row.misclassification = misclassification(fit.groups, sample.truth.groups)
        if addressed.arm.permutations > 0:
            row.misclassification_permutations = misclassification_permutations(
                fit.groups,
                sample.truth.groups,
                addressed.arm.permutations,
                addressed.stream(replication, f"permutations {addressed.estimator_key}"),
            )
    if addressed.arm.profiles and fit.alpha is not None and fit.groups is not None:
        _record_profiles(row, fit, sample)
    if fit.path is not None:
        row.path = np.asarray(fit.path, np.float64)
    if fit.beta is not None:
        _record_slopes(row, fit, sample, addressed.arm.group_slopes)
    if row.status <= Status.ITERATION_LIMIT and not np.isfinite(theta).all():
        row.status = Status.NOT_FINITE
    if row.status != Status.SUCCESS:
        row.message = row.status.message
    return row


def _record_profiles(row: Row, fit: Fit, sample: Sample) -> None:
    """Record the profiles in the order of the true ones, after the best relabelling of units."""
    assert fit.alpha is not None
    assert fit.groups is not None
    alpha, truth = np.asarray(fit.alpha, np.float64), sample.truth
    if truth.alpha is not None and truth.groups is not None:
        row.true_profiles = truth.alpha
        if len(truth.alpha) == len(alpha):
            alpha = alpha[relabelling(np.asarray(fit.groups), truth.groups)]
    row.profiles = alpha


def _record_slopes(row: Row, fit: Fit, sample: Sample, by_group: bool) -> None:
    """Record how far the slopes of units are from the true ones, and those of groups if asked."""
    assert fit.beta is not None
    row.n_groups = len(fit.beta)
    truth = sample.truth
    if fit.unit_slopes is not None and truth.beta is not None and truth.groups is not None:
        row.slope_mse = slope_mse(np.asarray(fit.unit_slopes), truth.beta[truth.groups])
    if by_group and fit.groups is not None and np.isfinite(fit.theta).all():
        order = ascending(fit.beta)
        row.group_slopes = np.asarray(fit.beta, np.float64)[order]
        row.group_sizes = np.bincount(fit.groups, minlength=row.n_groups)[order]
        row.group_dispersion = _dispersion(sample, fit)[order]


def _dispersion(sample: Sample, fit: Fit) -> np.ndarray:
    """Test equal slopes within the groups, (G,); NaN where units cannot be estimated alone."""
    assert fit.beta is not None
    alone = np.flatnonzero(np.isnan(fit.beta).all(axis=0))
    individual = tuple(str(sample.panel.regressors[k]) for k in alone)
    try:
        return dispersion(sample.panel, fit.groups, individual=individual)
    except InputError:
        return np.full(len(fit.beta), np.nan)


def ascending(beta: np.ndarray) -> np.ndarray:
    """Order of groups, (G,), by the first of their slopes (G, K) that differs between them."""
    differs = np.isfinite(beta).all(axis=0) & (beta != beta[0]).any(axis=0)
    return np.argsort(beta[:, int(np.argmax(differs))], kind="stable")


def _infer(row: Row, fit: Fit, sample: Sample, addressed: Addressed, replication: int) -> None:
    """Run every inference method; whatever goes wrong with one is recorded in its place."""
    arm = addressed.arm
    methods = len(arm.inference)
    row.standard_error = np.full((methods, addressed.n_parameters), np.nan)
    row.inference_status = np.full(methods, int(InferenceStatus.NOT_RUN))
    row.inference_seconds = np.full(methods, np.nan)
    row.inference_message = np.full(methods, "", "O")
    for m, method in enumerate(arm.inference.values()):
        started = time.thread_time()
        purpose = f"inference {addressed.estimator_key} {fingerprint(method)}"
        try:
            rng = addressed.stream(replication, purpose)
            covariance = method.covariance(sample.panel, fit, rng)
            errors, status = addressed.errors(covariance, np.asarray(fit.theta, np.float64))
            message = "; ".join(covariance.notes)
            if row.group_slopes is not None:
                _record_group_errors(row, m, methods, fit, covariance)
        except Exception as error:
            status, message = InferenceStatus.INFERENCE_FAILED, _describe(error)
            errors = np.full(addressed.n_parameters, np.nan)
        row.standard_error[m] = errors
        row.inference_status[m] = int(status)
        row.inference_seconds[m] = time.thread_time() - started
        row.inference_message[m] = message


def _record_group_errors(row: Row, m: int, methods: int, fit: Fit, covariance: Covariance) -> None:
    """Record the standard errors of groups' slopes by one of the inference methods."""
    assert fit.beta is not None
    n_groups, n_slopes = fit.beta.shape
    if row.group_errors is None:
        row.group_errors = np.full((methods, n_groups, n_slopes), np.nan)
    if covariance.joint is not None:
        errors = covariance.profile_errors(n_groups, n_slopes)
        row.group_errors[m] = errors[ascending(fit.beta)]


def _check_groups(groups: np.ndarray, n_units: int) -> None:
    if groups.shape != (n_units,) or groups.dtype.kind not in "iu" or groups.min() < 0:
        raise ValueError(
            f"groups has shape {groups.shape} and type {groups.dtype}; "
            f"it must number the group of each of {n_units} units from 0"
        )


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
