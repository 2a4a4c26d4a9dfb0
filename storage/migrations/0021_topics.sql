-- A private chat can have topics. Later messages go to the one in which somebody last wrote.

ALTER TABLE accounts ADD COLUMN topic_id BIGINT;
