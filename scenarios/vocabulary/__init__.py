"""What every quantity is called, read, written and explained: one record each.

Options of the command line, fields of scenario files, keywords in Python, the JSON Schema, units
and words of reports are all derived from these records.
"""
