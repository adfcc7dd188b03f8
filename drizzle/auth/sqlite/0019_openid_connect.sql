CREATE TABLE `oidc_clients` (
	`app_id` integer PRIMARY KEY NOT NULL,
	`redirect_uris` text NOT NULL,
	`post_logout_redirect_uris` text NOT NULL,
	`auth_method` text NOT NULL,
	`keys` text,
	`is_first_party` integer NOT NULL,
	`back_channel_logout_uri` text,
	`groups` text,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `oidc_consents` (
	`user_id` integer NOT NULL,
	`app_id` integer NOT NULL,
	`scopes` text NOT NULL,
	`granted_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `app_id`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `oidc_consents_app_id` ON `oidc_consents` (`app_id`);--> statement-breakpoint
CREATE TABLE `oidc_records` (
	`model` text NOT NULL,
	`hash` text NOT NULL,
	`payload` text NOT NULL,
	`grant_id` text,
	`sid` text,
	`app_id` integer,
	`consumed_at` integer,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`model`, `hash`),
	FOREIGN KEY (`sid`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `oidc_records_grant_id` ON `oidc_records` (`grant_id`);--> statement-breakpoint
CREATE INDEX `oidc_records_sid` ON `oidc_records` (`sid`);--> statement-breakpoint
CREATE INDEX `oidc_records_app_id` ON `oidc_records` (`app_id`);--> statement-breakpoint
CREATE INDEX `oidc_records_expires_at` ON `oidc_records` (`expires_at`);--> statement-breakpoint
CREATE TABLE `oidc_sign_ins` (
	`sid` text NOT NULL,
	`app_id` integer NOT NULL,
	`sub` text NOT NULL,
	`client_sid` text NOT NULL,
	`grant_id` text,
	`created_at` integer NOT NULL,
	`logout_due_at` integer,
	`ended_at` integer,
	`attempts` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`sid`, `app_id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `oidc_sign_ins_sub` ON `oidc_sign_ins` (`sub`);--> statement-breakpoint
CREATE INDEX `oidc_sign_ins_app_id` ON `oidc_sign_ins` (`app_id`);--> statement-breakpoint
CREATE INDEX `oidc_sign_ins_logout_due_at` ON `oidc_sign_ins` (`logout_due_at`) WHERE logout_due_at IS NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `amr` text;