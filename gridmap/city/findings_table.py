"""Findings as a table, for sheets and CSV files."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from gridmap.city.findings import Finding, finding_rules
from gridmap.geo.frames import Frame

__all__ = ["findings_table"]


def findings_table(findings: Sequence[Finding], frame: Frame | None = None) -> pd.DataFrame:
    """Return findings as a table in both languages; places in degrees where the frame is given and they are known."""
    names = (
        "severity",
        "rule",
        "title",
        "title_zh",
        "layer",
        "feature",
        "message",
        "remedy",
        "remedy_zh",
        "lon",
        "lat",
        "id",
        "repair",
        "safe",
        "area_m2",
        "households",
    )
    rows = [
        {**one.to_dict(frame), "title": finding_rules()[one.rule].title, "title_zh": one.title_zh,
         "remedy_zh": one.remedy_zh}
        for one in findings
    ]  # fmt: skip
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})
