"""What the clock does: opening, reminding, expiring. Never imports handlers."""
