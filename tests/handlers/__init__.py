"""What must hold in ``handlers``."""
