"""Matching addresses of generated ledgers, whose truth is known: precision of what is accepted, recall, speed.

There is no peer: general address parsers know neither a city's compounds nor its buildings.
"""

from __future__ import annotations

import time
from typing import Any

from gridmap import sample
from gridmap.files.addresses import match_ledger
from gridmap.sample.ledgers import household_ledger

ROWS = 100_000


def run() -> list[dict[str, Any]]:
    """Match ledgers of seeds that the trust in each kind of evidence was not measured on."""
    layers, city = sample.layers(), sample.city()
    ids = city.buildings["id"].tolist()
    rows = []
    for seed, split in ((21, False), (22, True)):
        ledger = household_ledger(layers, rows=ROWS, seed=seed, split=split)
        start = time.process_time()
        found = match_ledger(ledger.rows.set_index("序号"), city)
        seconds = time.process_time() - start
        pairs = [(ids[row], true) for row, true in zip(found.building, ledger.truth, strict=True) if row >= 0]
        right = sum(ours == true for ours, true in pairs)
        findable = sum(
            true is not None and "no building" not in noise
            for true, noise in zip(ledger.truth, ledger.noise, strict=True)
        )
        rows.append(
            {
                "name": f"{ROWS:,} households, {'columns' if split else 'one text'}, seed {seed}",
                "ours_s": seconds,
                "rows_s": ROWS / seconds,
                "precision": f"{right / len(pairs):.4%}",
                "recall": f"{right / findable:.2%}",
                **found.states(),
            }
        )
    return rows
