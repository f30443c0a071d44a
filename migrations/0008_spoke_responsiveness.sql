ALTER TABLE "spokes" ADD COLUMN "unresponsive_since" timestamp (3) with time zone;--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (9, '0008_spoke_responsiveness', 1);
