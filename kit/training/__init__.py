"""Training: the loop, cross-validation, the optimiser."""
