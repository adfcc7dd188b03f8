ALTER TABLE "device_requests" ADD COLUMN "oidc" text;--> statement-breakpoint
ALTER TABLE "oidc_clients" ADD COLUMN "device_flow" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "device_app_id" bigint;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_device_app_id_apps_id_fk" FOREIGN KEY ("device_app_id") REFERENCES "apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "sessions_device_app_id" ON "sessions" USING btree ("device_app_id") WHERE device_app_id IS NOT NULL;