"""Ids that are random in form and the same for the same seed."""

from uuid import UUID

import numpy as np


class Uuids:
    """Draws version-4 ids from a generator."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def one(self) -> UUID:
        """The next id."""
        return UUID(self.many(1)[0])

    def many(self, n: int) -> list[str]:
        """The next n ids, 32 hexadecimal digits each."""
        octets = np.frombuffer(self._rng.bytes(16 * n), np.uint8).reshape(n, 16).copy()
        octets[:, 6] = octets[:, 6] & 0x0F | 0x40
        octets[:, 8] = octets[:, 8] & 0x3F | 0x80
        digits = octets.tobytes().hex()
        return [digits[at : at + 32] for at in range(0, 32 * n, 32)]
