"""What a plugin author reads, in this order: task, sample, format, config, model, scoring, report, hooks."""
