"""People: codes and invitation links."""
