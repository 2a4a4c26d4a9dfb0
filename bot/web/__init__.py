"""Web pages: the answer page, health and metrics."""
