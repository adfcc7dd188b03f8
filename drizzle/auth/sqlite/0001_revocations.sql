CREATE TABLE `revocations` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`sid` text,
	`before` integer,
	`sub` text,
	`kid` text,
	`exp` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `revocations_sid` ON `revocations` (`sid`);--> statement-breakpoint
CREATE INDEX `revocations_exp` ON `revocations` (`exp`);