"""How a copy of a public data set gets into the cache; nothing is downloaded unless asked for."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gfe_mc.data.datasets import DATASETS, Dataset
from gfe_mc.errors import InputError, require, require_one_of

if TYPE_CHECKING:
    import requests

CACHE_VARIABLE = "GFE_MC_CACHE"
"""The environment variable that names the cache folder."""


def fetch(
    dataset: str | Dataset, *, url: str | None = None, folder: str | Path | None = None
) -> Path:
    """Return the tidy CSV of a data set, downloading the file unless the cache has it.

    A file counts only if its hash is right, be it downloaded or in the cache. Beside it, under a
    name that contains the start of the hash, the tidy CSV is written whole or not at all.

    Parameters
    ----------
    dataset : str or Dataset
        A name in `DATASETS`, or a data set of your own.
    url : str, optional
        Another address of the same file, http or https.
    folder : str or Path, optional
        The cache; by default what the environment variable GFE_MC_CACHE names, else the user's
        cache folder.

    Returns
    -------
    Path
        A CSV for `dataset.columns.read(path)`.

    Raises
    ------
    InputError
        An unknown data set, an address that cannot be reached, a file with another hash (which
        is not kept), or a folder that cannot be written.
    """
    dataset = _known(dataset)
    place = _folder(folder)
    try:
        raw = _download(dataset, dataset.url if url is None else url, place)
        text = dataset.tidy(raw.read_bytes())
        path = _tidy_path(dataset, place)
        if not path.is_file() or path.read_bytes() != text.encode():
            _write(path, text)
    except OSError as error:
        raise InputError(
            "The folder of the data must be writable",
            f"{place} ({error.strerror or error})",
            f"Give another `folder`, or name one in the environment variable {CACHE_VARIABLE}",
        ) from None
    return path


def fetched(dataset: str | Dataset, *, folder: str | Path | None = None) -> Path | None:
    """Return the tidy CSV of a data set if `fetch` has written it, else None.

    Never touches the network, and writes nothing.

    Parameters
    ----------
    dataset : str or Dataset
        A name in `DATASETS`, or a data set of your own.
    folder : str or Path, optional
        The cache, as in `fetch`.

    Returns
    -------
    Path or None
        A CSV for `dataset.columns.read(path)`.

    Raises
    ------
    InputError
        An unknown data set.
    """
    path = _tidy_path(_known(dataset), _folder(folder))
    return path if os.path.isfile(path) else None  # False, too, where the folder is closed


def _known(dataset: str | Dataset) -> Dataset:
    if isinstance(dataset, Dataset):
        return dataset
    require_one_of("dataset", dataset, DATASETS)
    return DATASETS[dataset]


def _folder(given: str | Path | None) -> Path:
    chosen = given or os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    import pooch

    return Path(pooch.os_cache("gfe-mc"))


def _tidy_path(dataset: Dataset, folder: Path) -> Path:
    return folder / f"{dataset.name}-{dataset.sha256[:8]}.csv"


def _download(dataset: Dataset, url: str, folder: Path) -> Path:
    """Return the file with the right hash, from `folder` or else from `url`."""
    import pooch
    import requests

    require(
        url.startswith(("http://", "https://")),
        f"The address of `{dataset.name}` must be one of http or https",
        repr(url),
        "Give such a `url`",
    )
    try:
        raw = pooch.retrieve(
            url,
            known_hash=f"sha256:{dataset.sha256}",
            fname=_tidy_path(dataset, folder).with_suffix(".raw").name,
            path=folder,
            downloader=pooch.HTTPDownloader(hooks={"response": _close_refused}),
        )
    except requests.RequestException as error:
        answer = error.response
        reason = type(error).__name__ if answer is None else f"status {answer.status_code}"
        raise InputError(
            f"The address of `{dataset.name}` must be reachable",
            f"{reason} from {url}",
            "Check the connection and try again, or give the `url` of a copy",
        ) from None
    except ValueError:  # what pooch raises for a wrong hash, the file being deleted
        raise InputError(
            f"The file of `{dataset.name}` must have the SHA-256 {dataset.sha256}",
            f"a file with another one from {url}",
            "Try again; if it stays so, the file has changed: give the `url` of the right one",
        ) from None
    return Path(raw)


def _close_refused(response: requests.Response, **_: object) -> None:
    """Close the connection of an error's answer, which pooch leaves open."""
    if not response.ok:
        response.close()


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
