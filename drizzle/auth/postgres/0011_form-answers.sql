CREATE TABLE "form_answers" (
	"key" text PRIMARY KEY NOT NULL,
	"answer" text,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE INDEX "form_answers_expires_at" ON "form_answers" USING btree ("expires_at");