"""The rupture detector and the published rules, behind one interface."""
