"""What people type and programs write, in one plain form, and read as numbers, times and days."""
