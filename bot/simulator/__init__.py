"""A Telegram to run against, over real HTTP: strict, forgetful and able to fail."""
