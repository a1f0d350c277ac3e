"""The competition plugins that come with the kit; each folder here is one plugin, found by being here."""
