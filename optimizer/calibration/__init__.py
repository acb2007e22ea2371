"""Calibration: fitting laws to trained models, and measuring how far they are off."""
