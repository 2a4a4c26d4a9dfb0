"""The rupture detector and the published rules."""
