"""Check-ins: questions and answers, in the chat and on the answer page."""
