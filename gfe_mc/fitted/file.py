"""A fit of one panel in a file: numbers as they are, to the last bit, and no code."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, require
from gfe_mc.fit import Fit
from gfe_mc.fitted.codec import Decoder, Encoder
from gfe_mc.fitted.summary import Summary
from gfe_mc.fitted.written import write
from gfe_mc.version import __version__

FORMAT = "gfe_mc fit"
VERSION = 1
"""Of the format; raised where older versions of the package cannot read what is written."""
HEADER = "header"
_REMEDY = "Give a file that was written by save_fit"


def save_fit(summary: Summary, path: str | Path) -> Path:
    """Write a summary, with its panel, fit, errors and choice, to a file.

    The file is an archive of NumPy's (.npz) with JSON in it: `load_fit` gives back the same to the
    last bit, and runs no code that a file might bring. An estimator of one's own is left out, and
    a note of the summary says so.

    Parameters
    ----------
    summary : Summary
        Of `fit_panel` or `summarize`.
    path : str or Path
        The file; its name may end in .npz.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        It cannot be written, or the fit holds a loss, functions of time or parameters that are of
        neither the package nor numbers.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects, fit_panel, load_fit, save_fit
    >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
    >>> summary = fit_panel(panel, groups=2, bootstrap=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = load_fit(save_fit(summary, Path(folder) / "fit.npz"))
    >>> str(again) == str(summary)
    True
    """
    require(
        isinstance(summary, Summary),
        "What is saved must be a summary",
        f"a {type(summary).__qualname__}",
        "Give what fit_panel or summarize returns",
    )
    path = Path(path)
    write(_packed(_without_foreign(summary)), path)
    return path


def load_fit(path: str | Path) -> Summary:
    """Read what `save_fit` wrote: the same summary, to the last bit.

    Parameters
    ----------
    path : str or Path
        The file.

    Raises
    ------
    InputError
        There is no such file, it is of something else, of a newer version of the package, or not
        as it was written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects, fit_panel, load_fit
    >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = fit_panel(panel, groups=2, bootstrap=0).save_fit(Path(folder) / "fit.npz")
    ...     again = load_fit(path)  # by another program, on another day
    >>> again.groups()["group"].value_counts().sort_index().tolist()
    [6, 6]
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError("The file of a fit must be readable", str(error), _REMEDY) from None
    header, arrays = _unpacked(content, str(path))
    decoder = Decoder(arrays)
    try:
        held = {name: decoder.decode(form) for name, form in header["summary"].items()}
        summary = Summary(**held)
        require(
            isinstance(summary.panel, Panel) and isinstance(summary.fit, Fit),
            "The file must be one of a fit",
            f"{path}, without a panel and a fit",
            _REMEDY,
        )
    except InputError:
        raise
    except Exception as error:  # what a file says that somebody made is anything
        raise InputError(
            "The file of a fit must be whole", f"{path} ({error!r})", _REMEDY
        ) from None
    _seal(summary.panel)
    return summary


def _packed(summary: Summary) -> bytes:
    """The content of a file: arrays, and a header that has everything else and their hash."""
    encoder = Encoder()
    held = {field.name: encoder.encode(getattr(summary, field.name)) for field in fields(summary)}
    header = {
        "format": FORMAT,
        "version": VERSION,
        "package": __version__,
        "arrays": _digest(encoder.arrays),
        "summary": held,
    }
    text = np.frombuffer(json.dumps(header, allow_nan=False).encode(), np.uint8)
    made = io.BytesIO()
    np.savez(made, **{HEADER: text}, **encoder.arrays)  # type: ignore[arg-type]
    return made.getvalue()


def _unpacked(content: bytes, path: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of a file, checked."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(arrays.pop(HEADER).tobytes())
    except (ValueError, KeyError, EOFError, OSError, AttributeError, zipfile.BadZipFile) as error:
        raise InputError("The file must be one of a fit", f"{path} ({error})", _REMEDY) from None
    require(
        isinstance(header, dict) and header.get("format") == FORMAT,
        "The file must be one of a fit",
        f"{path}, which is of something else",
        _REMEDY,
    )
    version = header.get("version")
    require(
        isinstance(version, int) and 1 <= version <= VERSION,
        f"The file must be of version {VERSION} of the format or an older one",
        f"version {version}, written by gfe_mc {header.get('package')}",
        f"Update gfe_mc, which is {__version__} here",
    )
    require(
        header.get("arrays") == _digest(arrays) and isinstance(header.get("summary"), dict),
        "The file of a fit must be as it was written",
        f"{path}, whose numbers are not those that were saved",
        "Copy it anew, or save the fit anew",
    )
    return header, arrays


def _digest(arrays: dict[str, np.ndarray]) -> str:
    """Hash of arrays, their names, types and shapes."""
    known = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        known.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        known.update(np.ascontiguousarray(array).tobytes())
    return known.hexdigest()


def _without_foreign(summary: Summary) -> Summary:
    """Leave out an estimator that is not the package's, and say so."""
    estimator = summary.fit.estimator
    try:
        Encoder().encode(estimator)
    except InputError:
        said = f"The estimator, {type(estimator).__qualname__}, is not in the file of this fit."
        fit = replace(summary.fit, estimator=None)
        return replace(summary, fit=fit, notes=(*summary.notes, said))
    return summary


def _seal(panel: Panel) -> None:
    """Arrays of a panel cannot be written to."""
    for array in (panel.y, panel.x, panel.observed):
        array.flags.writeable = False
