ALTER TABLE "apps" ADD COLUMN "rules" text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE "revocations" ADD COLUMN "apps_changed" boolean DEFAULT false NOT NULL;