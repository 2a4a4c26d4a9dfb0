"""Coverage-guided fuzzing: inputs that reach new lines of ours are kept, and changed further."""
