"""Time limits of jobs, and how long workers go on within them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc.clusters.walltime import lifetime, read_walltime, write_walltime


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:00:01", 1), ("04:00:00", 14_400), ("2-01:30:05", 178_205), ("100:00:00", 360_000)],
)
def test_read(text: str, seconds: int) -> None:
    assert read_walltime(text) == seconds


def test_write() -> None:
    assert write_walltime(178_205, "slurm") == "49:30:05"
    assert write_walltime(178_205, "lsf") == "49:31"
    assert write_walltime(3_600, "lsf") == "01:00"


def test_an_hour() -> None:
    assert lifetime(3600) == ["--lifetime", "3240s", "--lifetime-stagger", "180s"]


@given(st.integers(4, 10**6))
def test_workers_end_before_their_job(seconds: int) -> None:
    _, life, _, stagger = lifetime(seconds)
    longest = int(life[:-1]) + int(stagger[:-1])
    assert 0 < longest < seconds
    assert int(life[:-1]) > int(stagger[:-1])
