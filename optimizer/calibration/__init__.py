"""Calibration: fitting laws to trained models and telling their error."""
