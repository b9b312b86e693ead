"""The address of every random stream; nothing draws here.

A stream is found by the study's root seed, the content of the DGP, the number of the replication
and the purpose, never by a position in a grid or by what was drawn before. Every address has the
same number of 32-bit words, so that no two can run into one another.
"""

from dataclasses import dataclass

import numpy as np

from gfe_mc.canonical import fingerprint
from gfe_mc.errors import require, require_whole

DATA = "data"
"""The purpose of the stream from which a sample is drawn; the same for every estimator."""

_HASH_WORDS = 4
_LARGEST = 2**32


def generator(root: int, dgp: str, replication: int, purpose: str) -> np.random.Generator:
    """Return the generator at an address.

    Parameters
    ----------
    root : int
        The study's root seed.
    dgp : str
        Fingerprint of the DGP.
    replication : int
        Number of the replication, from 0, below 2^32.
    purpose : str
        `DATA`, or what the stream is for: an estimator's fingerprint, say.
    """
    require_whole("root", root, 0)
    require_whole("replication", replication, 0)
    require(
        replication < _LARGEST,
        "Replications are numbered below 2^32",
        replication,
        f"Give 0 to {_LARGEST - 1}",
    )
    key = (*_words(dgp), replication, *_words(fingerprint(purpose)))
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(root, spawn_key=key)))


@dataclass(frozen=True)
class Streams:
    """Numbered streams below one address, such as those of the draws of a bootstrap.

    Stream n does not depend on how many there are, nor on what the others drew.

    Attributes
    ----------
    entropy : int
        128 bits that stand for the address.
    """

    entropy: int

    @classmethod
    def of(cls, rng: np.random.Generator) -> "Streams":
        """Return the streams below the address of a generator, which gives 128 bits for it."""
        return cls(int.from_bytes(rng.bytes(16), "little"))

    def __call__(self, number: int) -> np.random.Generator:
        """Return the generator of a number from 0, below 2^32."""
        sequence = np.random.SeedSequence(self.entropy, spawn_key=(number,))
        return np.random.Generator(np.random.PCG64DXSM(sequence))


def _words(digest: str) -> tuple[int, ...]:
    """The first 128 bits of a hexadecimal digest, as 32-bit words."""
    return tuple(int(digest[8 * n : 8 * n + 8], 16) for n in range(_HASH_WORDS))
