CREATE TABLE "data_migrations" (
	"name" text PRIMARY KEY NOT NULL,
	"done_at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "person" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "unconfirmed_since" bigint;--> statement-breakpoint
CREATE INDEX "outbox_person" ON "outbox" USING btree ("person");--> statement-breakpoint
CREATE INDEX "users_unconfirmed_since" ON "users" USING btree ("unconfirmed_since") WHERE unconfirmed_since IS NOT NULL;