"""Whatever anybody may send: whole updates, taps, words, files, made up and mutilated."""
