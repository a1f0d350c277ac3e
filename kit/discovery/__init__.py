"""Plugins: found, loaded, and written anew."""

from kit.discovery.plugins import Broken, Catalogue, discover

__all__ = ["Broken", "Catalogue", "discover"]
