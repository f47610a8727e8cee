"""Configs for Hydra, which looks for them in packages alone."""
