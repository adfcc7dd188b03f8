ALTER TABLE `sessions` ADD `secret_hash` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `authenticated_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `device_epoch` integer DEFAULT 0 NOT NULL;