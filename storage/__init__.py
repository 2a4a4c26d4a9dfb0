"""Memory: transactions, SQL, migrations. The only room that opens a database."""
