"""Checks of the repository as a whole: layers, documents, texts, permissions."""
