"""The offers of many models as one table of numbers: narrowed and counted without a loop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from repository.search.types import MOST_VALUES, Limit, Narrowing, Offer, OfferTrait

Mask = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Codes = Mapping[tuple[str, str], int]
"""The number of each value of each field."""

ROW = np.dtype(
    [(str(kind), "<i4") for kind in OfferTrait] + [(str(limit), "<f8") for limit in Limit]
)
NOTHING = 0
"""The code of what an offer does not say."""


def most_frequent(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda row: (-row[1], row[0]))[:MOST_VALUES])


def pack(offers: Sequence[Offer], codes: Codes) -> bytes:
    """Return offers as bytes, their words by code."""
    rows = np.zeros(len(offers), ROW)
    for at, offer in enumerate(offers):
        for kind in OfferTrait:
            rows[at][kind] = codes.get((kind, getattr(offer, kind)), NOTHING)
        for limit in Limit:
            needed = getattr(offer, limit)
            rows[at][limit] = np.nan if needed is None else needed
    return rows.tobytes()


@dataclass(frozen=True)
class Offers:
    """Offers, and for each the place of its model among those that were asked about."""

    codes: Codes
    rows: npt.NDArray[np.void]
    model: Integers

    @classmethod
    def unpack(cls, packed: Sequence[bytes], codes: Codes) -> "Offers":
        sizes = [len(one) // ROW.itemsize for one in packed]
        places = np.repeat(np.arange(len(packed)), sizes)
        return cls(codes, np.frombuffer(b"".join(packed), ROW), places)

    def models(self, narrowing: Narrowing) -> Integers:
        """Return the places of the models of which one offer is all that is asked."""
        return np.unique(self.model[self._fit(narrowing)])

    def count(self, kind: OfferTrait, narrowing: Narrowing) -> dict[str, int]:
        """Return how many models have each value, of the offers that are all that is asked."""
        fit = self._fit(narrowing)
        model, said = self.model[fit], self.rows[kind][fit].astype(int)
        widest = int(said.max(initial=NOTHING)) + 1
        counts = np.bincount(np.unique(model * widest + said) % widest, minlength=widest)
        return most_frequent(
            {
                value: int(counts[code])
                for (field, value), code in self.codes.items()
                if field == kind and code < widest and counts[code]
            }
        )

    def count_within(
        self, limit: Limit, steps: Sequence[int], narrowing: Narrowing
    ) -> dict[str, int]:
        """Return how many models have an offer within each step, of those that are asked for."""
        fit = self._fit(narrowing)
        model, needed = self.model[fit], self.rows[limit][fit]
        counts = {str(step): np.unique(model[needed <= step]).size for step in steps}
        return {step: count for step, count in counts.items() if count}

    def _fit(self, narrowing: Narrowing) -> Mask:
        fit = np.ones(len(self.rows), bool)
        for kind, values in narrowing.offers.items():
            codes = [self.codes[kind, value] for value in values if (kind, value) in self.codes]
            fit &= np.isin(self.rows[kind], codes)
        for limit, most in narrowing.limits.items():
            needed = self.rows[limit]
            # Comparing with nan is false: what an offer does not say keeps within nothing.
            fit &= (needed <= most) | (np.isnan(needed) & (limit == Limit.MEMORY))
        return fit
