"""Messages to be sent (the outbox), how fast they may be sent, and what chats show for a while."""
