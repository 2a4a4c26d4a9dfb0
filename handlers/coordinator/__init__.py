"""What coordinators do: invite, assign, plan. By buttons, or as one line."""
