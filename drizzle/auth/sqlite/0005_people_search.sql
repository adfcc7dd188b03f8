-- What administrators search people by: any part of an address or a name. Two spaces before each make the beginning of
-- one a trigram, too, so that a single letter finds something. Ids are negative: the index is read forwards, newest first.
CREATE VIEW `users_search_text` AS SELECT -`id` AS `id`, '  ' || `email` || '  ' || `first_name` || '  ' || `last_name` AS `text` FROM `users`;--> statement-breakpoint
CREATE VIRTUAL TABLE `users_search` USING fts5(`text`, content='users_search_text', content_rowid='id', tokenize='trigram', columnsize=0);--> statement-breakpoint
INSERT INTO `users_search`(`users_search`) VALUES ('rebuild');--> statement-breakpoint
CREATE TRIGGER `users_search_insert` AFTER INSERT ON `users` BEGIN
	INSERT INTO `users_search`(`rowid`, `text`) VALUES (-new.`id`, '  ' || new.`email` || '  ' || new.`first_name` || '  ' || new.`last_name`);
END;--> statement-breakpoint
CREATE TRIGGER `users_search_delete` AFTER DELETE ON `users` BEGIN
	INSERT INTO `users_search`(`users_search`, `rowid`, `text`) VALUES ('delete', -old.`id`, '  ' || old.`email` || '  ' || old.`first_name` || '  ' || old.`last_name`);
END;--> statement-breakpoint
CREATE TRIGGER `users_search_update` AFTER UPDATE OF `email`, `first_name`, `last_name` ON `users` BEGIN
	INSERT INTO `users_search`(`users_search`, `rowid`, `text`) VALUES ('delete', -old.`id`, '  ' || old.`email` || '  ' || old.`first_name` || '  ' || old.`last_name`);
	INSERT INTO `users_search`(`rowid`, `text`) VALUES (-new.`id`, '  ' || new.`email` || '  ' || new.`first_name` || '  ' || new.`last_name`);
END;
