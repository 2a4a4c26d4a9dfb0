"""Detectors judged on simulated courses of therapy: cohorts, judging, thresholds, pictures."""
