"""Studies made by hand with all that a page says of them, and a page taken apart."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from gfe_mc.fit import Status
from gfe_mc.report.html.page import render_page
from tests.report.tables.studies import make_study, with_inference

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "a' onmouseover='b",
    "$x_{$",
    "{{ 7 * 7 }}{% raw %}",
    "</style></title><h1>",
    "\x1b[31mred\u202e",
    "&lt;b&gt;",
    "--output=/",
    "'; rm -rf ~; '",
)
PRINT = {
    "table": "bm_table3",
    "keys": {"dgp": "errors", "G": "G"},
    "replications": 1000,
    "statistics": {"misclassification_percent": "misclassification_permutations_percent"},
    "columns": {},
    "ignored": [],
    "estimator": "",
    "estimators": {},
}
RUN = {
    "started": "2026-01-02T03:04:05+00:00",
    "gfe_mc": "0.1.0",
    "computation": 2,
    "commit": "0123456789abcdef0123456789abcdef01234567-dirty",
    "backend": "threads",
    "slots": 2,
    "replications": 160,
    "failed": 1,
    "seconds_inside_replications": 12.5,
    "wall_seconds": 7.0,
    "python": "3.11.7",
    "libraries": {"numpy": "2.4.6"},
    "machine": {"system": "Linux", "processor": "Abacus", "cores": 2, "blas": []},
}


def declared(study: xr.Dataset, *, printed: bool = True) -> dict[str, Any]:
    """What a plan of a study made by hand would say."""
    inference = (
        [str(name) for name in study["inference"].to_numpy()] if "inference" in study else []
    )
    return {
        "experiment": "by_hand",
        "title": "A study by hand",
        "source": "no paper",
        "parameters": [str(name) for name in study["parameter"].to_numpy()],
        "slopes": 2,
        "replications": study.sizes["replication"],
        "seed": 0,
        "first": {},
        "report": {
            "published": PRINT if printed else None,
            "misses": [["vns", "genetic"]],
            "compared": [],
            "penalties": [],
            "figures": [],
        },
        "methods": [
            {
                "cell": c,
                "factors": {"G": int(study["G"][c]), "errors": str(study["errors"][c].item())},
                "name": str(name),
                "replications": study.sizes["replication"],
                "estimator": {"type": "GFE", "parameters": {"groups": int(study["G"][c])}},
                "inference": {one: {"type": "Known", "parameters": {}} for one in inference},
                "record": {"Misclassification": {"type": "Misclassification", "parameters": {}}},
                "depends_on": {"computation": 2, "estimator": f"{c} {name}"},
            }
            for c in range(study.sizes["cell"])
            for name in study["estimator"].to_numpy()
        ],
    }


def told(
    study: xr.Dataset, said: dict[str, Any], panel: dict[str, Any] | None = None
) -> xr.Dataset:
    """The study with its provenance."""
    return study.assign_attrs(
        provenance=json.dumps({"study": said, "panel": panel, "runs": [RUN]}), methods="[]"
    )


def by_hand(*, inferred: bool = False, printed: bool = True) -> xr.Dataset:
    """A study with everything, one of whose replications failed."""
    study = make_study()
    # All replications have the same true value, so that the print is compared.
    messages = np.full(study["status"].shape, "", object)
    messages[0, 1, 5] = "RuntimeError: no sample will do"
    study["message"] = (study["status"].dims, messages)
    study["misclassification"].attrs = {"metric": "Misclassification"}
    study = with_inference(study) if inferred else study
    return told(study, declared(study, printed=printed))


def without_failures(study: xr.Dataset) -> xr.Dataset:
    """The same in which everything ended well."""
    made = study.copy(deep=True)
    made["status"][:] = Status.SUCCESS
    made["message"][:] = ""
    return made


class Page(HTMLParser):
    """A page taken apart: its elements must be closed in their order.

    Attributes
    ----------
    elements : list of (str, dict)
        Tags with their attributes.
    text : str
        All text outside of style sheets.
    """

    VOID = ("meta", "link", "img", "br")

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1] == tag, f"{tag} within {self._open}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data

    def values(self, attribute: str) -> list[str]:
        """Values of an attribute in all elements."""
        return [str(own[attribute]) for _, own in self.elements if attribute in own]

    def count(self, tag: str) -> int:
        """How many elements there are of a kind."""
        return sum(name == tag for name, _ in self.elements)


def page_of(study: xr.Dataset, folder: Path, **asked: Any) -> Page:
    """The page of a study, taken apart."""
    return Page(render_page(folder, study, **asked))
