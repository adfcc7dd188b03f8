ALTER TABLE `oidc_records` ADD `document_site` text;--> statement-breakpoint
CREATE INDEX `oidc_records_document_site` ON `oidc_records` (`document_site`,`expires_at`) WHERE document_site IS NOT NULL;