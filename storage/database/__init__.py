"""The database: SQLite and PostgreSQL, transactions, encryption, workers."""
