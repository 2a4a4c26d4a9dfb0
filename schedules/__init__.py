"""What the scheduler does: open check-ins, remind, expire ... Never imports handlers."""
