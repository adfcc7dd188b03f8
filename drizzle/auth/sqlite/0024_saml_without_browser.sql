CREATE TABLE `__new_saml_sign_ins` (
	`sid` text NOT NULL,
	`app_id` integer NOT NULL,
	`session_index` text NOT NULL,
	`name_id` text NOT NULL,
	`name_id_format` text NOT NULL,
	`created_at` integer NOT NULL,
	`logout_due_at` integer,
	`ended_at` integer,
	`attempts` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`sid`, `app_id`),
	FOREIGN KEY (`app_id`) REFERENCES `apps`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
INSERT INTO `__new_saml_sign_ins`("sid", "app_id", "session_index", "name_id", "name_id_format", "created_at") SELECT "sid", "app_id", "session_index", "name_id", "name_id_format", "created_at" FROM `saml_sign_ins`;--> statement-breakpoint
DROP TABLE `saml_sign_ins`;--> statement-breakpoint
ALTER TABLE `__new_saml_sign_ins` RENAME TO `saml_sign_ins`;--> statement-breakpoint
CREATE INDEX `saml_sign_ins_session_index` ON `saml_sign_ins` (`app_id`,`session_index`);--> statement-breakpoint
CREATE INDEX `saml_sign_ins_logout_due_at` ON `saml_sign_ins` (`logout_due_at`) WHERE logout_due_at IS NOT NULL;--> statement-breakpoint
ALTER TABLE `saml_requests` ADD `proved_by` text;--> statement-breakpoint
ALTER TABLE `saml_service_providers` ADD `soap_url` text;