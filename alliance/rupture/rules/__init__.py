"""The detection rules: our own model and the published rules."""
