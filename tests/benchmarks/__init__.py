"""How fast the kit trains and predicts here: ``python -m tests.benchmarks`` measures everything in one run."""
