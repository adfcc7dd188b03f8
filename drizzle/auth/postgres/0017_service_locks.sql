-- A row for each lock of the service, since any role that may connect can take advisory locks: see service-locks.ts.
CREATE TABLE "service_locks" (
	"id" smallint PRIMARY KEY NOT NULL
);
--> statement-breakpoint
INSERT INTO "service_locks" ("id") VALUES (1), (2), (3), (4);
