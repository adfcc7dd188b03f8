ALTER TABLE `device_requests` ADD `oidc` text;--> statement-breakpoint
ALTER TABLE `oidc_clients` ADD `device_flow` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `device_app_id` integer REFERENCES apps(id) ON DELETE cascade;--> statement-breakpoint
CREATE INDEX `sessions_device_app_id` ON `sessions` (`device_app_id`) WHERE device_app_id IS NOT NULL;