"""The Telegram we test against is itself tested: it must be as hard to please as the real one."""
