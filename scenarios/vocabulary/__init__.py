"""The vocabulary: one record for each quantity, which names, reads, writes and explains it.

Command-line options, fields of scenario files, keywords in Python, the JSON Schema, and the words
and units of reports are all derived from these records.
"""
