"""Our rupture detector and the published rules."""
