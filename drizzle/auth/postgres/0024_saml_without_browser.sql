ALTER TABLE "saml_sign_ins" DROP CONSTRAINT "saml_sign_ins_sid_sessions_id_fk";
--> statement-breakpoint
ALTER TABLE "saml_requests" ADD COLUMN "proved_by" text;--> statement-breakpoint
ALTER TABLE "saml_service_providers" ADD COLUMN "soap_url" text;--> statement-breakpoint
ALTER TABLE "saml_sign_ins" ADD COLUMN "logout_due_at" bigint;--> statement-breakpoint
ALTER TABLE "saml_sign_ins" ADD COLUMN "ended_at" bigint;--> statement-breakpoint
ALTER TABLE "saml_sign_ins" ADD COLUMN "attempts" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "saml_sign_ins_logout_due_at" ON "saml_sign_ins" USING btree ("logout_due_at") WHERE logout_due_at IS NOT NULL;