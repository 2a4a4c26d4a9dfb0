"""What must hold in ``bot``."""
