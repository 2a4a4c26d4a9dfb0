"""Anything that anybody could send: updates, taps, texts and files, made up and mutated."""
