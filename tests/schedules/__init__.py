"""What must hold in ``schedules``."""
