"""Speed of training and prediction on this machine; ``python -m tests.benchmarks`` measures every network."""
