-- What subject and text are made of, JSON: the pages say them in the language of their reader. None for what was told before.
ALTER TABLE messages ADD COLUMN facts TEXT;
