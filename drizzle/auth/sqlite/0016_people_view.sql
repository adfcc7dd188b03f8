-- What apps may know about people, for `authDatabase()` of the middleware. SQLite refuses to rename a table to `users`,
-- `groups` or `group_members` while this view exists: a migration that rebuilds one of them drops and creates it around.
CREATE VIEW `latchkey_people` (`id`, `uuid`, `email`, `email_verified`, `first_name`, `last_name`, `is_staff`, `is_superuser`, `is_active`, `version`, `groups`) AS SELECT
	`users`.`id`, `users`.`uuid`, `users`.`email`, `users`.`email_verified_at` IS NOT NULL,
	`users`.`first_name`, `users`.`last_name`, `users`.`is_staff`, `users`.`is_superuser`, `users`.`is_active`, `users`.`version`,
	(SELECT json_group_array(`groups`.`name`) FROM `group_members` JOIN `groups` ON `groups`.`id` = `group_members`.`group_id` WHERE `group_members`.`user_id` = `users`.`id`)
FROM `users`;
