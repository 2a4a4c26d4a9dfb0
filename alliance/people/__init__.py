"""People: codes, permissions and invitation links."""
