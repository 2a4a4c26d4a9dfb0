"""Parts of documents that are made from the code, between two comments that say how."""


def with_made(document: str, made: str, *, begin: str, end: str) -> str:
    """Return the document with what was made in its place."""
    before, _, rest = document.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{made}\n{end}{after}"
