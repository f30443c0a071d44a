ALTER TABLE "client_secrets" ADD COLUMN "origin_bound" boolean DEFAULT false NOT NULL;--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (8, '0007_secrets_bound_to_origin', 1);
