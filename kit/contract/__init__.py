"""What a plugin author reads, in this order: task, sample, format, config, protocols, model, scoring, report, hooks."""
