"""Ratio benchmarks against named peers, and the large counts of the property tests."""
