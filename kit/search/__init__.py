"""A search for better settings, which goes on where it was stopped and may be shared by several processes."""

from kit.search.retraining import Found
from kit.search.searching import Plan, search
from kit.search.space import Space, parse_space, searched

__all__ = ["Found", "Plan", "Space", "parse_space", "search", "searched"]
