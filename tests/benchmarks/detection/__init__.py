"""The detection benchmark."""
