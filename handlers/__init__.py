"""What people do: commands, taps and texts in; screens out. Never imports schedules."""
