CREATE TABLE `messages` (
	`id` text PRIMARY KEY NOT NULL,
	`content` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sign_ins` (
	`id` text PRIMARY KEY NOT NULL,
	`name_id` text NOT NULL,
	`session_index` text NOT NULL,
	`name_id_format` text NOT NULL,
	`email` text NOT NULL,
	`name` text NOT NULL,
	`groups` text NOT NULL,
	`expires_at` integer NOT NULL
);
