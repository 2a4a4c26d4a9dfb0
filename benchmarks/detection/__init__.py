"""Compare detectors on simulated courses of therapy: cohorts, results, thresholds, charts."""
