"""The roof: settings, wiring, the ear (updates in), the courier (messages out), command line."""
