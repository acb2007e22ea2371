"""How far laws are off on published models."""
