"""Plugins: found, loaded, and written from a template."""

from kit.discovery.catalogue import Broken, Catalogue, discover

__all__ = ["Broken", "Catalogue", "discover"]
