"""Facilities: the nearest, who is covered, how even access is, and where the next should stand."""
