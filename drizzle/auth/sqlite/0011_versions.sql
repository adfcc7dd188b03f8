ALTER TABLE `revocations` ADD `version` integer;--> statement-breakpoint
ALTER TABLE `revocations` ADD `kept` text;--> statement-breakpoint
ALTER TABLE `revocations` ADD `sids` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `access_ttl` integer DEFAULT 3600 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `version` integer DEFAULT 1 NOT NULL;