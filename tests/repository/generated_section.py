"""Sections of documents that are generated from the code, between two comments."""


def replace_section(document: str, generated: str, *, begin: str, end: str) -> str:
    """Return the document with a new generated section."""
    before, _, rest = document.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{generated}\n{end}{after}"
