"""Plugins: found, loaded, and written from a template."""

from kit.discovery.catalogue import Broken, Catalogue, discover
from kit.discovery.sources import Candidate

__all__ = ["Broken", "Candidate", "Catalogue", "discover"]
