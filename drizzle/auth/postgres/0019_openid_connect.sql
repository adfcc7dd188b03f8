CREATE TABLE "oidc_clients" (
	"app_id" bigint PRIMARY KEY NOT NULL,
	"redirect_uris" text NOT NULL,
	"post_logout_redirect_uris" text NOT NULL,
	"auth_method" text NOT NULL,
	"keys" text,
	"is_first_party" boolean NOT NULL,
	"back_channel_logout_uri" text,
	"groups" text
);
--> statement-breakpoint
CREATE TABLE "oidc_consents" (
	"user_id" bigint NOT NULL,
	"app_id" bigint NOT NULL,
	"scopes" text NOT NULL,
	"granted_at" bigint NOT NULL,
	CONSTRAINT "oidc_consents_user_id_app_id_pk" PRIMARY KEY("user_id","app_id")
);
--> statement-breakpoint
CREATE TABLE "oidc_records" (
	"model" text NOT NULL,
	"hash" text NOT NULL,
	"payload" text NOT NULL,
	"grant_id" text,
	"sid" text,
	"app_id" bigint,
	"consumed_at" bigint,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "oidc_records_model_hash_pk" PRIMARY KEY("model","hash")
);
--> statement-breakpoint
CREATE TABLE "oidc_sign_ins" (
	"sid" text NOT NULL,
	"app_id" bigint NOT NULL,
	"sub" text NOT NULL,
	"client_sid" text NOT NULL,
	"grant_id" text,
	"created_at" bigint NOT NULL,
	"logout_due_at" bigint,
	"ended_at" bigint,
	"attempts" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "oidc_sign_ins_sid_app_id_pk" PRIMARY KEY("sid","app_id")
);
--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "amr" text;--> statement-breakpoint
ALTER TABLE "oidc_clients" ADD CONSTRAINT "oidc_clients_app_id_apps_id_fk" FOREIGN KEY ("app_id") REFERENCES "apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oidc_consents" ADD CONSTRAINT "oidc_consents_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oidc_consents" ADD CONSTRAINT "oidc_consents_app_id_apps_id_fk" FOREIGN KEY ("app_id") REFERENCES "apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oidc_records" ADD CONSTRAINT "oidc_records_sid_sessions_id_fk" FOREIGN KEY ("sid") REFERENCES "sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oidc_records" ADD CONSTRAINT "oidc_records_app_id_apps_id_fk" FOREIGN KEY ("app_id") REFERENCES "apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oidc_sign_ins" ADD CONSTRAINT "oidc_sign_ins_app_id_apps_id_fk" FOREIGN KEY ("app_id") REFERENCES "apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "oidc_consents_app_id" ON "oidc_consents" USING btree ("app_id");--> statement-breakpoint
CREATE INDEX "oidc_records_grant_id" ON "oidc_records" USING btree ("grant_id");--> statement-breakpoint
CREATE INDEX "oidc_records_sid" ON "oidc_records" USING btree ("sid");--> statement-breakpoint
CREATE INDEX "oidc_records_app_id" ON "oidc_records" USING btree ("app_id");--> statement-breakpoint
CREATE INDEX "oidc_records_expires_at" ON "oidc_records" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "oidc_sign_ins_sub" ON "oidc_sign_ins" USING btree ("sub");--> statement-breakpoint
CREATE INDEX "oidc_sign_ins_app_id" ON "oidc_sign_ins" USING btree ("app_id");--> statement-breakpoint
CREATE INDEX "oidc_sign_ins_logout_due_at" ON "oidc_sign_ins" USING btree ("logout_due_at") WHERE logout_due_at IS NOT NULL;