"""The sentences and phrases of which reports are made."""
