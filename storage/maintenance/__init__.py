"""Backup, restore, migrations, key rotation, and moving to another database."""
