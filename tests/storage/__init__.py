"""What must hold in ``storage``."""
