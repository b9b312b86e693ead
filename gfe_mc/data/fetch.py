"""How a copy of a public data set gets into the cache; nothing is downloaded unless asked for."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from gfe_mc.data.datasets import DATASETS, Dataset
from gfe_mc.errors import InputError, require, require_one_of
from gfe_mc.whole import write_whole

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
        An unknown data set, an address that cannot be reached, a download that takes too long or
        is too large, a file with another hash (which is not kept), or a folder that cannot be
        written.
    """
    dataset = _known(dataset)
    place = _folder(folder)
    try:
        raw = _download(dataset, dataset.url if url is None else url, place)
        text = dataset.tidy(raw.read_bytes())
        path = _tidy_path(dataset, place)
        if not path.is_file() or path.read_bytes() != text.encode():
            write_whole(path, text.encode())
    except OSError as error:
        raise InputError(
            "The folder of the data must be writable",
            f"{place} ({error.strerror or error})",
            f"Give another `folder`, or name one in the environment variable {CACHE_VARIABLE}",
        ) from None
    return path


def fetched(dataset: str | Dataset, *, folder: str | Path | None = None) -> Path | None:
    """Return the tidy CSV of a data set if `fetch` has written it, else None.

    Never touches the network, and writes nothing. A file counts only if it is what `fetch` wrote.

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
        An unknown data set, or a file in the cache that was changed.
    """
    dataset = _known(dataset)
    path = _tidy_path(dataset, _folder(folder))
    if not os.path.isfile(path):  # nor where the folder is closed
        return None
    try:
        raw, found = _raw_path(path).read_bytes(), path.read_bytes()
    except OSError as error:
        raise _changed(dataset, path, str(error)) from None
    if sha256(raw).hexdigest() != dataset.sha256:
        raise _changed(dataset, path, f"{_raw_path(path).name} with another hash")
    if found != dataset.tidy(raw).encode():
        raise _changed(dataset, path, "other values than those of the file")
    return path


def _changed(dataset: Dataset, path: Path, came: str) -> InputError:
    return InputError(
        f"The fetched files of `{dataset.name}` must be as they were fetched",
        f"{came}, at {path}",
        f"Replace them: gfe-mc data fetch {dataset.name}",
    )


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


def _raw_path(tidy: Path) -> Path:
    return tidy.with_suffix(".raw")


def _download(dataset: Dataset, url: str, folder: Path) -> Path:
    """Return the file with the right hash, from `folder` or else from `url`."""
    import pooch

    from gfe_mc.data.download import DownloadError, download

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
            fname=_raw_path(_tidy_path(dataset, folder)).name,
            path=folder,
            downloader=download,
        )
    except DownloadError as error:
        raise InputError(
            f"The address of `{dataset.name}` must be reachable, and give the file",
            f"{error} from {url}",
            "Check the connection and try again, or give the `url` of a copy",
        ) from None
    except ValueError:  # what pooch raises for a wrong hash, the file being deleted
        raise InputError(
            f"The file of `{dataset.name}` must have the SHA-256 {dataset.sha256}",
            f"a file with another one from {url}",
            "Try again; if it stays so, the file has changed: give the `url` of the right one",
        ) from None
    return Path(raw)
