"""Equation (15) and Proposition 1 of Bonhomme and Manresa beside what is found.

    python experiments/_simple_groups.py

From the replications of `bm_equation15` and `bm_proposition1`; nothing is fitted. Written beside
the results of each.
"""

from scipy.stats import norm

from gfe_mc.metrics import counts, moments
from gfe_mc.papers.simple_groups import misclassified, spurious
from gfe_mc.report.digits import with_error
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render

SIGMA, DISTANCE = 1.0, 1.0
"""Standard deviation of errors in both studies, and distance of the levels in the first."""


def equation15() -> Table:
    """Percent misclassified by the number of periods, and what the equation says."""
    study = read_study(RESULTS / "bm_equation15")
    wrong, used = counts.array(study, "misclassification"), counts.used(study)
    names = [str(name) for name in study["estimator"].to_numpy()]
    rows = []
    for i, label in enumerate(counts.labels(study)):
        said = 100 * misclassified(DISTANCE, SIGMA, int(str(label["periods"])))
        row = [str(label["units"]), str(label["periods"]), f"{said:.3f}"]
        for j, name in enumerate(names):
            found = moments.mean(100 * wrong[i, j, used[i, j]])
            row.append(with_error(found.value, found.error))
            if name == "known":
                row.append(f"{(found.value - said) / found.error:.2f}")
        rows.append(tuple(row))
    header = [
        part for name in names for part in ((name, f"{name}: z") if name == "known" else [name])
    ]
    return Table(
        "Percent misclassified",
        ("units", "periods", "equation (15)", *header),
        tuple(rows),
        (
            "z: of the classification at known levels against (15). In brackets: Monte Carlo "
            "standard errors.",
        ),
    )


def proposition1() -> Table:
    """Half the distance of two spurious groups, and its limit; the slope."""
    study = read_study(RESULTS / "bm_proposition1")
    estimates, used = counts.array(study, "estimate"), counts.used(study)
    parameters = [str(name) for name in study["parameter"].to_numpy()]
    slope, gap = parameters.index("theta"), parameters.index("half_gap")
    rows = []
    for i, label in enumerate(counts.labels(study)):
        limit = spurious(SIGMA, int(str(label["periods"])))
        for j, name in enumerate(study["estimator"].to_numpy()):
            own = estimates[i, j, used[i, j]]
            if not len(own):
                continue
            half, bias = moments.mean(own[:, gap]), moments.mean(own[:, slope] - 1.0)
            sd = moments.sd(own[:, slope])
            rows.append(
                (
                    *(str(label["units"]), str(label["periods"]), str(name), f"{limit:.4f}"),
                    with_error(half.value, half.error),
                    f"{half.value / limit:.3f}",
                    with_error(bias.value, bias.error),
                    with_error(sd.value, sd.error),
                    f"{bias.value / bias.error:.2f}",
                )
            )
    return Table(
        "Two groups where there is one",
        (
            *("units", "periods", "estimator", "limit", "half gap", "over the limit"),
            *("bias of the slope", "sd of the slope", "z of the bias"),
        ),
        tuple(rows),
        (
            "Limit: sigma sqrt(2 / (pi T)). Half gap: half the distance of the two groups, root "
            "mean square over periods. In brackets: Monte Carlo standard errors.",
            f"With {len(rows)} rows, |z| of {norm.isf(0.025 / len(rows)):.2f} is the 5 % point of "
            "the largest.",
        ),
    )


def main() -> None:
    """Compute, print, and write."""
    for study, table in (("bm_equation15", equation15()), ("bm_proposition1", proposition1())):
        text = render(table, "markdown")
        print(text)
        (RESULTS / study / "formula.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
