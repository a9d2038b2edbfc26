"""Every limit and tolerance in one frozen object."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits and tolerances. Pass a changed copy (`dataclasses.replace`) where another value is wanted."""

    max_file_bytes: int = 4 * 1024**3
    """Largest file that is opened, in bytes."""

    max_rows: int = 20_000_000
    """Most rows read from one layer."""

    max_vertices: int = 200_000_000
    """Most vertices read from one layer."""

    max_depth: int = 16
    """Deepest nesting of brackets in JSON and WKT."""

    max_zip_ratio: int = 200
    """Most that a packed file may grow by when it is unpacked, beyond its first 16 MiB."""

    reader_memory_bytes: int = 512 * 1024**2
    """What the process that opens a stranger's file may use, in bytes; for each byte of the file 8 more."""

    reader_memory_most: int = 4 * 1024**3
    """The most that this process may use, however large the file, in bytes."""

    reader_seconds: float = 30.0
    """Longest that this process may work on a file, in seconds; for each MiB of it `reader_seconds_per_mib` more."""

    reader_seconds_per_mib: float = 1.0
    """Seconds more for each MiB of a file."""

    read_gml: bool = False
    """Whether GML is read. Its documents may refer to others, so it is off unless it is needed."""

    placed_rows: int = 200_000
    """Most rows of a layer whose CRS is declared that are compared with the city before they are read."""

    coverage_tolerance_m: float = 0.01
    """Gaps and overlaps narrower than this are noise of coordinates, in metres."""

    sliver_width_m: float = 1.0
    """Gaps and overlaps narrower than this, and wider than the tolerance, are called slivers, in metres."""

    repair_area_m2: float = 100.0
    """Repairs that change less ground than this, and no household's place, are safe (`repair --all-safe`), in m²."""

    outline_step_m: float = 2.0
    """Longest segment of a building outline when cells are made from outlines, in metres."""

    area_of_use_margin: float = 0.5
    """How far outside its CRS's area of use a layer may reach before it is refused, in degrees."""

    street_touch_m: float = 0.02
    """Corners of streets this near to another street lie on it, in metres: coordinates are rounded to centimetres."""

    street_join_m: float = 1.0
    """Streets that end this near to another, and at nothing else, are joined to it, in metres."""

    snap_cap_m: float = 250.0
    """Farthest that a point may lie from the street it is put on, in metres."""

    min_component_share: float = 0.01
    """Connected parts shorter than this share of the longest carry no points."""

    plaza_nodes: int = 400
    """Most places at which streets and corners meet one plaza."""

    name_most: int = 64
    """Most characters of an account's name."""

    password_least: int = 12
    """Fewest characters of a password."""

    password_most: int = 256
    """Most characters of a password."""

    argon2_rounds: int = 3
    """Rounds of argon2id over its memory for one password."""

    argon2_memory_kib: int = 65_536
    """Memory of argon2id for one password, in KiB."""

    session_idle_s: float = 1_800.0
    """A session that is not used for so long ends, in seconds."""

    session_max_s: float = 43_200.0
    """A session ends so long after its login, used or not, in seconds."""

    token_days_most: int = 366
    """Longest that an API token lasts, in days."""

    login_free: int = 3
    """So many failed logins of an account, or from an address, before the next has to wait."""

    login_pause_s: float = 1.0
    """How long the first such login has to wait, in seconds; each next waits twice as long."""

    login_pause_most_s: float = 900.0
    """Longest that a login has to wait, in seconds."""

    login_forget_s: float = 86_400.0
    """Failed logins are forgotten after so long without another, in seconds."""


DEFAULT = Settings()
