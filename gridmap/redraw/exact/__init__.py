"""Exact division of small problems: optima and impossibilities, proven."""
