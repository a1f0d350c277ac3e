"""Annotations of cancer in the formats that annotation tools write."""
