"""How fast the kit trains and predicts on this machine: ``python -m tests.benchmarks`` measures everything in one run."""
