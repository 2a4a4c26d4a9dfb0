"""Caseload overview, patient courses and digests."""
