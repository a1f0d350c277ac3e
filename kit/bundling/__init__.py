"""A bundle: a folder with all that a computer without internet needs to predict with runs."""

from kit.bundling.bundle import Bundle, write_bundle

__all__ = ["Bundle", "write_bundle"]
