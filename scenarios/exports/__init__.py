"""Answers for other programs: JSON, tables and command lines, and reading plans back.

Field names are a contract. New ones may be added; existing ones keep their name and meaning.
"""
