"""A contest's files as samples, folds and batches."""
