"""Folders of results by hand: what a study says of itself, and its figures beside the print."""

from __future__ import annotations

import json
from pathlib import Path

from gfe_mc.report.compared import COLUMNS, COMPARED
from gfe_mc.report.explained import EXPLAINED

HEADER = (
    "table,printed_as,method,cell,G,inference,parameter,statistic,computed_as,ours,error,attempted,failed,"
    "used,published,decimals,z,p,verdict"
)
FIGURES = (
    "bm_table3,,vns,0,3,none,theta1,true,true,0.41,0.0,50,0,50,0.407,3,,,as printed",
    "bm_table3,,vns,0,3,none,theta1,mean,mean,0.39,0.01,50,0,50,0.391,3,-0.1,0.92,agrees",
    "bm_table3,,vns,1,5,none,theta1,mean,mean,0.30,0.01,50,0,50,0.262,3,3.8,0.0001,differs",
    "bm_table3,,vns,1,5,none,theta2,mean,mean,0.12,0.01,50,0,50,0.086,3,3.4,0.0007,differs",
    "bm_table3,,vns,,10,none,theta1,mean,mean,,,0,0,0,0.286,3,,,not run",
    "bm_table3,,genetic,0,3,none,theta1,true,true,0.42,0.0,50,0,50,0.407,3,,,not as printed",
    "bm_table3,,genetic,0,3,none,theta1,mean,mean,0.41,0.01,50,0,50,0.391,3,2.1,0.04,within chance",
    "bm_table3,,genetic,1,5,none,theta1,mean,mean,0.27,0.01,50,0,50,0.262,3,0.8,0.42,agrees",
    "bm_table3,,genetic,1,5,none,theta2,mean,mean,0.12,0.01,50,0,50,0.086,3,3.4,0.0007,differs",
    "bm_table3,,genetic,,10,none,theta1,mean,mean,,,0,0,0,0.286,3,,,not run",
)
SEARCH = """
[[explained]]
where = { method = "vns" }
agrees = "genetic"
because = "Search error: the better groupings of the same samples agree."
shown = ["table.md"]
"""


def put_study(results: Path, name: str, *, printed: bool = True, explained: str = "") -> Path:
    """Put a study into a folder of results, and return its own."""
    folder = results / name
    folder.mkdir(parents=True)
    report = {"published": {"table": "bm_table3", "keys": {"G": "G"}} if printed else None}
    said = {
        "experiment": name,
        "title": f"Title of {name}",
        "source": "no paper",
        "report": report,
        "methods": [],
    }
    (folder / "provenance.json").write_text(json.dumps({"study": said, "runs": [], "panel": None}))
    (folder / "table.md").write_text("a table\n")
    if printed:
        (folder / COMPARED).write_text("\n".join([HEADER, *FIGURES]) + "\n")
        (folder / COLUMNS).write_text(
            "table,method,mean_square,figures,freedom,p,left_out\n"
            "bm_table3,vns,8.67,3,2.9,1e-05,0\nbm_table3,genetic,5.0,3,2.9,0.02,0\n"
        )
    if explained:
        (folder / EXPLAINED).write_text(explained)
    return folder
