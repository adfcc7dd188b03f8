ALTER TABLE `apps` ADD `rules` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `revocations` ADD `apps_changed` integer DEFAULT false NOT NULL;