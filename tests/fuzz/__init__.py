"""Coverage-guided fuzzing: inputs that reach new lines of our code are kept and mutated."""
