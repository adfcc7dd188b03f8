CREATE TABLE `api_token_apps` (
	`token_id` integer NOT NULL,
	`app_id` integer NOT NULL,
	PRIMARY KEY(`token_id`, `app_id`),
	FOREIGN KEY (`token_id`) REFERENCES `api_tokens`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `api_token_apps_app_id` ON `api_token_apps` (`app_id`);--> statement-breakpoint
CREATE TABLE `api_tokens` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`public_id` text NOT NULL,
	`hash` text NOT NULL,
	`start` text NOT NULL,
	`user_id` integer,
	`own_app_id` integer,
	`name` text NOT NULL,
	`all_apps` integer NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`user_agent` text NOT NULL,
	`address` text NOT NULL,
	`last_used_at` integer,
	`last_used_app` text,
	`last_used_address` text,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`own_app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_tokens_public_id_unique` ON `api_tokens` (`public_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `api_tokens_hash_unique` ON `api_tokens` (`hash`);--> statement-breakpoint
CREATE INDEX `api_tokens_user_id` ON `api_tokens` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `api_tokens_own_app_id` ON `api_tokens` (`own_app_id`);--> statement-breakpoint
CREATE INDEX `api_tokens_expires_at` ON `api_tokens` (`expires_at`) WHERE expires_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `app_permissions` (
	`app_id` integer NOT NULL,
	`name` text NOT NULL,
	`description` text NOT NULL,
	`groups` text NOT NULL,
	PRIMARY KEY(`app_id`, `name`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `app_secrets` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`app_id` integer NOT NULL,
	`hash` text NOT NULL,
	`start` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`last_used_at` integer,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `app_secrets_hash_unique` ON `app_secrets` (`hash`);--> statement-breakpoint
CREATE INDEX `app_secrets_app_id` ON `app_secrets` (`app_id`);--> statement-breakpoint
CREATE TABLE `device_requests` (
	`hash` text PRIMARY KEY NOT NULL,
	`user_code` text NOT NULL,
	`client_app_id` integer,
	`device_name` text NOT NULL,
	`app_names` text,
	`scopes` text NOT NULL,
	`user_agent` text NOT NULL,
	`address` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`poll_interval` integer NOT NULL,
	`polled_at` integer,
	`user_id` integer,
	`denied_at` integer,
	FOREIGN KEY (`client_app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `device_requests_user_code_unique` ON `device_requests` (`user_code`);--> statement-breakpoint
CREATE INDEX `device_requests_expires_at` ON `device_requests` (`expires_at`);--> statement-breakpoint
CREATE INDEX `device_requests_user_id` ON `device_requests` (`user_id`);--> statement-breakpoint
CREATE INDEX `device_requests_client_app_id` ON `device_requests` (`client_app_id`);--> statement-breakpoint
ALTER TABLE `apps` ADD `client_id` text;--> statement-breakpoint
CREATE UNIQUE INDEX `apps_client_id_unique` ON `apps` (`client_id`);--> statement-breakpoint
ALTER TABLE `revocations` ADD `api_token` text;