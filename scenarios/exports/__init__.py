"""Results for other programs. Field names are a contract: they change only by addition."""
