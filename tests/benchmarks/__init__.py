"""The benchmarks run; no test checks how fast anything is."""
