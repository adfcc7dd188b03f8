DROP INDEX "sessions_idle_expires_at";--> statement-breakpoint
CREATE INDEX "audit_log_actor" ON "audit_log" USING btree ("actor","at");--> statement-breakpoint
CREATE INDEX "users_created_at" ON "users" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "users_is_active" ON "users" USING btree ("is_active","id");--> statement-breakpoint
CREATE INDEX "users_is_active_email" ON "users" USING btree ("is_active","email_canonical");--> statement-breakpoint
CREATE INDEX "users_staff" ON "users" USING btree ("id") WHERE is_staff;--> statement-breakpoint
CREATE INDEX "users_staff_email" ON "users" USING btree ("email_canonical") WHERE is_staff;--> statement-breakpoint
CREATE INDEX "users_superusers" ON "users" USING btree ("id") WHERE is_superuser;--> statement-breakpoint
CREATE INDEX "users_superusers_email" ON "users" USING btree ("email_canonical") WHERE is_superuser;--> statement-breakpoint
CREATE INDEX "users_unverified" ON "users" USING btree ("id") WHERE email_verified_at IS NULL;--> statement-breakpoint
CREATE INDEX "users_unverified_email" ON "users" USING btree ("email_canonical") WHERE email_verified_at IS NULL;--> statement-breakpoint
CREATE INDEX "sessions_idle_expires_at" ON "sessions" USING btree ("idle_expires_at","created_at");