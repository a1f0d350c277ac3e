"""Predictions: made, averaged, kept."""
