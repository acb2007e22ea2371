"""The exact search: branch and bound, its certificate, and why a region is empty."""
