UPDATE "sessions" SET "last_activity_at" = "created_at" WHERE "last_activity_at" IS NULL;--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "last_activity_at" SET DEFAULT now();--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "last_activity_at" SET NOT NULL;--> statement-breakpoint
CREATE INDEX "idx_sessions_last_activity_at_id" ON "sessions" USING btree ("last_activity_at","id");--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (27, '0026_sessions_by_activity', 20);
