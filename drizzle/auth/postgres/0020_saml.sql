CREATE TABLE "saml_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"certificate" text NOT NULL,
	"private_key" text NOT NULL,
	"created_at" bigint NOT NULL,
	"changed_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "saml_logouts" (
	"id" text PRIMARY KEY NOT NULL,
	"content" text NOT NULL,
	"request_id" text,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "saml_requests" (
	"id" text PRIMARY KEY NOT NULL,
	"app_id" bigint NOT NULL,
	"request_id" text NOT NULL,
	"content" text NOT NULL,
	"received_at" bigint NOT NULL,
	"answered_at" bigint,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "saml_service_providers" (
	"app_id" bigint PRIMARY KEY NOT NULL,
	"entity_id" text NOT NULL,
	"consumers" text NOT NULL,
	"slo_url" text,
	"slo_binding" text NOT NULL,
	"slo_response_url" text,
	"certificates" text NOT NULL,
	"encryption_certificate" text,
	"name_id_format" text NOT NULL,
	"requires_signed_requests" boolean NOT NULL,
	"encrypts_assertions" boolean NOT NULL,
	"groups" text,
	CONSTRAINT "saml_service_providers_entity_id_unique" UNIQUE("entity_id")
);
--> statement-breakpoint
CREATE TABLE "saml_sign_ins" (
	"sid" text NOT NULL,
	"app_id" bigint NOT NULL,
	"session_index" text NOT NULL,
	"name_id" text NOT NULL,
	"name_id_format" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "saml_sign_ins_sid_app_id_pk" PRIMARY KEY("sid","app_id")
);
--> statement-breakpoint
ALTER TABLE "saml_requests" ADD CONSTRAINT "saml_requests_app_id_apps_id_fk" FOREIGN KEY ("app_id") REFERENCES "apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saml_service_providers" ADD CONSTRAINT "saml_service_providers_app_id_apps_id_fk" FOREIGN KEY ("app_id") REFERENCES "apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saml_sign_ins" ADD CONSTRAINT "saml_sign_ins_sid_sessions_id_fk" FOREIGN KEY ("sid") REFERENCES "sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "saml_sign_ins" ADD CONSTRAINT "saml_sign_ins_app_id_apps_id_fk" FOREIGN KEY ("app_id") REFERENCES "apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "saml_keys_one_per_state" ON "saml_keys" USING btree ("state") WHERE state <> 'retiring';--> statement-breakpoint
CREATE INDEX "saml_logouts_request_id" ON "saml_logouts" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "saml_logouts_expires_at" ON "saml_logouts" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "saml_requests_once" ON "saml_requests" USING btree ("app_id","request_id");--> statement-breakpoint
CREATE INDEX "saml_requests_expires_at" ON "saml_requests" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "saml_sign_ins_session_index" ON "saml_sign_ins" USING btree ("app_id","session_index");