"""oneDNN's operators, from the library inside Paddle's wheel, in place of Paddle's own on a CPU."""
