"""What is at an address of the web, within limits of time and size."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from threading import Event, Thread

import requests
from urllib3.exceptions import HTTPError

SECONDS = 600.0
"""A download takes no longer."""
MOST_BYTES = 200_000_000
"""A file is no larger."""
_PATIENCE = (10.0, 30.0)
"""Seconds to wait for a connection, and for the next bytes."""
_CHUNK = 65_536


class DownloadError(Exception):
    """Why there is no file, in words that stand before "from ADDRESS"."""


def download(url: str, target: str | Path, _: object = None) -> None:
    """Download a file, as a downloader of pooch.

    Parameters
    ----------
    url : str
        Its address, http or https.
    target : str or Path
        Where it goes; nothing is written there before all of it has come.

    Raises
    ------
    DownloadError
        There is no such file, or none within the limits.
    OSError
        The file cannot be written.
    """
    Path(target).write_bytes(_content(url))


def _content(url: str) -> bytes:
    """Return what is at an address, unless it takes too long in all.

    Whatever an address does, the wait for it ends: a name that is never resolved, or an answer
    that comes byte by byte, which no limit of the connection's own would end.
    """
    found: Future[bytes] = Future()
    over = Event()

    def read() -> None:
        try:
            found.set_result(_read(url, over))
        except BaseException as error:
            found.set_exception(error)

    Thread(target=read, daemon=True).start()
    try:
        return found.result(SECONDS)
    except (OSError, HTTPError, ValueError) as error:  # the last two of addresses of no sense
        if not found.done():
            raise DownloadError(f"no whole file in {SECONDS:g} s") from None
        answer = getattr(error, "response", None)
        reason = type(error).__name__ if answer is None else f"status {answer.status_code}"
        raise DownloadError(reason) from None
    finally:
        over.set()


def _read(url: str, over: Event) -> bytes:
    """Read an answer as it comes, until it is over or too large."""
    content = bytearray()
    with requests.get(url, stream=True, timeout=_PATIENCE) as response:
        response.raise_for_status()
        for chunk in response.iter_content(_CHUNK):
            content += chunk
            if len(content) > MOST_BYTES:
                raise DownloadError(f"more than {MOST_BYTES / 1e6:g} MB")
            if over.is_set():
                break
    return bytes(content)
