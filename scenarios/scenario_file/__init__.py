"""Scenario files: many questions in one TOML, CSV or JSON Lines file, checked as a whole."""
