"""What commands import, for processes that are forked from one that has it."""

import importlib

for name in (
    "distributed",
    "netCDF4",
    "gfe_mc.cli",
    "gfe_mc.report.study",
    "gfe_mc.study.catalogue",
    "gfe_mc.study.run",
    "tests.small",
):
    importlib.import_module(name)
