"""The survey bots that Attune is compared with."""
