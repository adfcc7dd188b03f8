CREATE TABLE `notes` (
	`id` integer PRIMARY KEY NOT NULL,
	`text` text NOT NULL,
	`written_at` text DEFAULT CURRENT_TIMESTAMP NOT NULL
);
