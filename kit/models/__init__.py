"""Networks and estimators: built, kept on disk, and what they minimise."""
