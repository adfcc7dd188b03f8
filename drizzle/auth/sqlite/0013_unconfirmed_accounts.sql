CREATE TABLE `data_migrations` (
	`name` text PRIMARY KEY NOT NULL,
	`done_at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `outbox` ADD `person` text;--> statement-breakpoint
CREATE INDEX `outbox_person` ON `outbox` (`person`);--> statement-breakpoint
ALTER TABLE `users` ADD `unconfirmed_since` integer;--> statement-breakpoint
CREATE INDEX `users_unconfirmed_since` ON `users` (`unconfirmed_since`) WHERE unconfirmed_since IS NOT NULL;