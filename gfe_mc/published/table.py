"""A printed table, as a study refers to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gfe_mc.errors import require_whole
from gfe_mc.published.loader import published


@dataclass(frozen=True)
class PublishedTable:
    """A printed table, and how its figures are named in a summary of ours.

    Parameters
    ----------
    table : str
        Name of the table, such as "bm_table3".
    keys : mapping of str to str
        The table's columns that say to which cell a figure belongs, and our factor for each,
        such as {"G": "G", "dgp": "errors"}.
    replications : int, default 1000
        How many replications are behind the print.
    statistics : mapping of str to str, optional
        Printed statistics that have another name with us. It must say so where the paper's way
        of computing a statistic is not our usual one: "misclassification_percent" in Bonhomme
        and Manresa's Table 3 is {"misclassification_percent":
        "misclassification_permutations_percent"}, because the paper (footnote 31) takes the best
        of random relabellings of the groups rather than the best of all.
    columns : mapping of str to str, optional
        Columns of the table that are columns of a summary, and which: such as
        {"variance": "inference"}, or {"G": "parameter"} in a table of chosen numbers of groups.
    ignored : tuple of str, default ()
        Columns of the table that say nothing of which figure it is.
    estimator : str, default ""
        Column of the table that names the estimator, if it has figures of several.
    estimators : mapping of str to str, optional
        The printed name of each estimator of ours; several of ours may have one.

    Raises
    ------
    InputError
        The number of replications is not a positive whole number.

    Examples
    --------
    >>> from gfe_mc import PublishedTable
    >>> table = PublishedTable(
    ...     "ln_table1",
    ...     keys={"T": "T", "N": "N"},
    ...     estimator="estimator",
    ...     estimators={"unit_moves": "ck_means"},
    ... )
    >>> table.name_of("unit_moves"), table.has("unit_moves"), table.has("c_lasso")
    ('ck_means', True, False)
    """

    table: str
    keys: Mapping[str, str]
    replications: int = 1000
    statistics: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    estimator: str = ""
    estimators: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_whole("replications", self.replications, 1)

    def name_of(self, estimator: str) -> str:
        """Return the printed name of an estimator of ours; none if the table has but one."""
        return self.estimators.get(estimator, estimator) if self.estimator else ""

    def has(self, estimator: str) -> bool:
        """Return whether the table has figures of an estimator of ours."""
        return not self.estimator or self.name_of(estimator) in set(
            published(self.table)[self.estimator]
        )
