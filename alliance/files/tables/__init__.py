"""Reading and writing of tables (CSV)."""
