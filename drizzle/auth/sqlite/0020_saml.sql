CREATE TABLE `saml_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`certificate` text NOT NULL,
	`private_key` text NOT NULL,
	`created_at` integer NOT NULL,
	`changed_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `saml_keys_one_per_state` ON `saml_keys` (`state`) WHERE state <> 'retiring';--> statement-breakpoint
CREATE TABLE `saml_logouts` (
	`id` text PRIMARY KEY NOT NULL,
	`content` text NOT NULL,
	`request_id` text,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `saml_logouts_request_id` ON `saml_logouts` (`request_id`);--> statement-breakpoint
CREATE INDEX `saml_logouts_expires_at` ON `saml_logouts` (`expires_at`);--> statement-breakpoint
CREATE TABLE `saml_requests` (
	`id` text PRIMARY KEY NOT NULL,
	`app_id` integer NOT NULL,
	`request_id` text NOT NULL,
	`content` text NOT NULL,
	`received_at` integer NOT NULL,
	`answered_at` integer,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `saml_requests_once` ON `saml_requests` (`app_id`,`request_id`);--> statement-breakpoint
CREATE INDEX `saml_requests_expires_at` ON `saml_requests` (`expires_at`);--> statement-breakpoint
CREATE TABLE `saml_service_providers` (
	`app_id` integer PRIMARY KEY NOT NULL,
	`entity_id` text NOT NULL,
	`consumers` text NOT NULL,
	`slo_url` text,
	`slo_binding` text NOT NULL,
	`slo_response_url` text,
	`certificates` text NOT NULL,
	`encryption_certificate` text,
	`name_id_format` text NOT NULL,
	`requires_signed_requests` integer NOT NULL,
	`encrypts_assertions` integer NOT NULL,
	`groups` text,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `saml_service_providers_entity_id_unique` ON `saml_service_providers` (`entity_id`);--> statement-breakpoint
CREATE TABLE `saml_sign_ins` (
	`sid` text NOT NULL,
	`app_id` integer NOT NULL,
	`session_index` text NOT NULL,
	`name_id` text NOT NULL,
	`name_id_format` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`sid`, `app_id`),
	FOREIGN KEY (`sid`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `saml_sign_ins_session_index` ON `saml_sign_ins` (`app_id`,`session_index`);