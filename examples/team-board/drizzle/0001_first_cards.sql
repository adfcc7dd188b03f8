-- The first cards, so that nobody meets an empty board.
INSERT INTO cards (title, "column", moved_at) VALUES
  ('Write the invitation for the summer party', 'todo', unixepoch()),
  ('Find a room for forty people', 'todo', unixepoch()),
  ('Agree on a date with the neighbours', 'doing', unixepoch()),
  ('Ask who brings which salad', 'doing', unixepoch()),
  ('Book the band', 'done', unixepoch());
