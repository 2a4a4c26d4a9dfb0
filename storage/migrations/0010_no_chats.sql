-- Its rows were moved to accounts, and are sealed there.

DROP TABLE chats;
