"""Public data sets: the registry, and downloads from a server on loopback."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from gfe_mc.data.datasets import DATASETS, INCOME_DEMOCRACY, Dataset
from gfe_mc.data.fetch import CACHE_VARIABLE, fetch, fetched
from gfe_mc.errors import InputError

VALUES = np.array(
    [
        [[0.1666667, 0.52999997, 9.01616], [0.83333331, 0.1666667, 9.1339903]],
        [[1.0, 1.0, 9.4207439], [0.0, 1.0, 9.6037588]],
        [[0.5, 0.25, 7.0131378], [0.0, 0.5, 10.01196]],
    ]
)
RAW = "".join(
    ",".join(f"{value:.9g}".removeprefix("0") or "0" for value in row) + "\r\n"
    for row in VALUES.reshape(-1, 3)
).encode()


@dataclass
class Served:
    """What the server answers, and which paths were asked of it."""

    content: bytes = RAW
    status: int = 200
    missing: int = 0
    seconds_each: float = 0.0
    asked: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    state = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(state.content) + state.missing))
            self.end_headers()
            if not state.seconds_each:
                self.wfile.write(state.content)
                return
            for byte in state.content:
                time.sleep(state.seconds_each)
                self.wfile.write(bytes([byte]))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}/raw.csv"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def small(served: Served) -> Dataset:
    return replace(
        INCOME_DEMOCRACY,
        name="small",
        url=served.url,
        sha256=sha256(RAW).hexdigest(),
        units=("BBB", "AAA", "CCC"),
        periods=(1970, 1975),
    )


def refusal(dataset: str | Dataset, folder: Path, url: str | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        fetch(dataset, url=url, folder=folder)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert all((caught.value.wrong, caught.value.came, caught.value.remedy))
    return caught.value


def test_registry() -> None:
    assert list(DATASETS.values()) == [INCOME_DEMOCRACY]
    assert len(INCOME_DEMOCRACY.units) == 90
    assert len(set(INCOME_DEMOCRACY.units)) == 90
    assert INCOME_DEMOCRACY.periods == tuple(range(1970, 2001, 5))
    assert len(bytes.fromhex(INCOME_DEMOCRACY.sha256)) == 32


def test_fetch_makes_the_panel(small: Dataset, tmp_path: Path) -> None:
    panel = small.columns.read(fetch(small, folder=tmp_path))
    order = [1, 0, 2]
    assert panel.units == ("AAA", "BBB", "CCC")
    assert panel.periods == (1970, 1975)
    assert (panel.outcome, panel.regressors) == ("democracy", ("lag_democracy", "lag_income"))
    rounded = np.vectorize(lambda value: float(f"{np.float32(value):.7g}"))(VALUES[order])
    np.testing.assert_array_equal(panel.y, rounded[:, :, 0])
    np.testing.assert_array_equal(panel.x, rounded[:, :, 1:])
    assert panel.balanced


def test_tidy_text(small: Dataset) -> None:
    lines = small.tidy(RAW).splitlines()
    assert lines[:2] == [
        "country,year,democracy,lag_democracy,lag_income",
        "BBB,1970,0.1666667,0.53,9.01616",
    ]
    assert len(lines) == 7


def test_second_fetch_asks_nothing(small: Dataset, served: Served, tmp_path: Path) -> None:
    first = fetch(small, folder=tmp_path)
    content = first.read_bytes()
    assert served.asked == ["/raw.csv"]
    assert fetch(small, folder=tmp_path) == first
    first.write_text("damaged")
    assert fetch(small, folder=tmp_path).read_bytes() == content
    assert served.asked == ["/raw.csv"]
    assert len(list(tmp_path.iterdir())) == 2


def test_damaged_copy_is_fetched_again(small: Dataset, served: Served, tmp_path: Path) -> None:
    path = fetch(small, folder=tmp_path)
    path.with_suffix(".raw").write_bytes(b"damaged")
    fetch(small, folder=tmp_path)
    assert path.with_suffix(".raw").read_bytes() == RAW
    assert len(served.asked) == 2


def test_other_address(small: Dataset, served: Served, tmp_path: Path) -> None:
    moved = replace(small, url="http://127.0.0.1:1/gone.csv")
    assert fetch(moved, url=served.url, folder=tmp_path).is_file()


def test_fetched(small: Dataset, served: Served, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    assert fetched(small, folder=folder) is None
    assert not folder.exists()
    assert not served.asked
    path = fetch(small, folder=folder)
    assert fetched(small, folder=folder) == path
    assert fetched(replace(small, sha256="0" * 64), folder=folder) is None
    assert len(served.asked) == 1


def test_folder_from_the_environment(
    small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "named"))
    assert fetch(small).parent == tmp_path / "named"
    assert fetched(small) is not None
    assert fetched(small, folder=tmp_path) is None


def test_default_folder(small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / project)
    assert fetched("income_democracy") is None
    path = tmp_path / "gfe-mc" / f"small-{small.sha256[:8]}.csv"
    assert fetch(small) == fetched(small) == path


@pytest.mark.parametrize("ending", [".raw", ".csv"])
@pytest.mark.parametrize("content", [None, b"changed"])
def test_what_was_changed_is_refused(
    small: Dataset, tmp_path: Path, ending: str, content: bytes | None
) -> None:
    path = fetch(small, folder=tmp_path)
    file = path.with_suffix(ending)
    file.unlink()
    if content is None and ending == ".csv":
        assert fetched(small, folder=tmp_path) is None
        return
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match="must be as they were fetched") as caught:
        fetched(small, folder=tmp_path)
    assert caught.value.remedy == "Replace them: gfe-mc data fetch small"
    fetch(small, folder=tmp_path)
    assert fetched(small, folder=tmp_path) == path


@pytest.mark.parametrize("ending", [".raw", ".csv"])
def test_nothing_is_written_through_a_link(small: Dataset, tmp_path: Path, ending: str) -> None:
    (tmp_path / "other").write_text("another's")
    folder = tmp_path / "cache"
    folder.mkdir()
    path = folder / f"small-{small.sha256[:8]}.csv"
    path.with_suffix(ending).symlink_to(tmp_path / "other")
    assert fetch(small, folder=folder) == path
    assert (tmp_path / "other").read_text() == "another's"
    assert not path.with_suffix(ending).is_symlink()


def test_wrong_hash_keeps_nothing(small: Dataset, served: Served, tmp_path: Path) -> None:
    served.content = RAW.replace(b"9.", b"8.")
    error = refusal(small, tmp_path)
    assert small.sha256 in error.wrong
    assert served.url in error.came
    assert list(tmp_path.iterdir()) == []
    assert fetched(small, folder=tmp_path) is None


def test_unreachable(small: Dataset, tmp_path: Path) -> None:
    with socket.socket() as unheard:  # bound, and not listening: connections are refused
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}/raw.csv"
        error = refusal(small, tmp_path, url=url)
    assert "reachable" in error.wrong
    assert error.came == f"ConnectionError from {url}"
    assert list(tmp_path.iterdir()) == []


def test_missing_at_the_address(small: Dataset, served: Served, tmp_path: Path) -> None:
    served.status = 404
    assert refusal(small, tmp_path).came == f"status 404 from {served.url}"
    assert list(tmp_path.iterdir()) == []


def test_answer_cut_short(small: Dataset, served: Served, tmp_path: Path) -> None:
    served.missing = 10
    assert refusal(small, tmp_path).came == f"ChunkedEncodingError from {served.url}"
    assert list(tmp_path.iterdir()) == []


def test_write_leaves_nothing_behind(
    small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gfe_mc.data.fetch.os.replace", full)
    assert "No space left on device" in refusal(small, tmp_path).came
    assert [path.suffix for path in tmp_path.iterdir()] == [".raw"]


def test_too_large(
    small: Dataset, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gfe_mc.data.download.MOST_BYTES", len(RAW))
    fetch(small, folder=tmp_path / "fits")
    monkeypatch.setattr("gfe_mc.data.download.MOST_BYTES", len(RAW) - 1)
    error = refusal(small, tmp_path / "cache")
    assert error.came == f"more than {(len(RAW) - 1) / 1e6:g} MB from {served.url}"
    assert list((tmp_path / "cache").iterdir()) == []


def test_too_slow(
    small: Dataset, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte comes soon enough, and the whole never does."""
    monkeypatch.setattr("gfe_mc.data.download.SECONDS", 0.2)
    served.seconds_each = 0.05
    assert refusal(small, tmp_path).came == f"no whole file in 0.2 s from {served.url}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["http://", "http://[", "http://a..b/", "http://" + "a" * 5000])
def test_addresses_of_no_sense(small: Dataset, tmp_path: Path, url: str) -> None:
    assert refusal(small, tmp_path, url=url).came.endswith(f" from {url}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["ftp://example.org/raw.csv", "raw.csv", ""])
def test_no_address(small: Dataset, tmp_path: Path, url: str) -> None:
    assert "http or https" in refusal(small, tmp_path, url=url).wrong


def test_unknown_name(tmp_path: Path) -> None:
    assert refusal("income", tmp_path).remedy == "Give one of income_democracy"
    with pytest.raises(InputError, match="must be known; got 'income'"):
        fetched("income")


def test_folder_that_cannot_be_written(small: Dataset, served: Served, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    error = refusal(small, tmp_path / "file" / "cache")
    assert "writable" in error.wrong
    assert str(tmp_path / "file" / "cache") in error.came
    assert CACHE_VARIABLE in error.remedy
    assert fetched(small, folder=tmp_path / "file" / "cache") is None
    assert not served.asked


@pytest.mark.parametrize(
    ("raw", "came"),
    [
        (b"", "0 rows of no columns"),
        (b"1,2,3\n", "1 rows of 3 columns"),
        (b"1,2,3\n" * 5 + b"1,2\n", "6 rows of 2 or 3 columns"),
        (b"1,2,3\n" * 5 + b"1,2,x\n", "could not convert string to float: 'x'"),
    ],
)
def test_tidy_refuses_another_layout(small: Dataset, raw: bytes, came: str) -> None:
    with pytest.raises(InputError) as caught:
        small.tidy(raw)
    assert caught.value.came == came
