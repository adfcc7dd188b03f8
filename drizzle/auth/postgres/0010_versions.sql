ALTER TABLE "revocations" ADD COLUMN "version" bigint;--> statement-breakpoint
ALTER TABLE "revocations" ADD COLUMN "kept" text;--> statement-breakpoint
ALTER TABLE "revocations" ADD COLUMN "sids" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "access_ttl" bigint DEFAULT 3600 NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "version" bigint DEFAULT 1 NOT NULL;