"""Settings, clock, logs, and the detectors as a site has set them."""
