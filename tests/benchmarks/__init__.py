"""Benchmarks run; how fast anything is, no test says."""
