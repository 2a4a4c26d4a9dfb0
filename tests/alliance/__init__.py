"""The clinical domain, one folder per subject."""
