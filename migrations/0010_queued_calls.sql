ALTER TABLE "queued_calls" DROP CONSTRAINT "chk_queued_calls_attempts";--> statement-breakpoint
ALTER TABLE "queued_calls" DROP CONSTRAINT "queued_calls_session_id_sessions_id_fk";
--> statement-breakpoint
DROP INDEX "idx_queued_calls_account_id_created_at_id";--> statement-breakpoint
ALTER TABLE "queued_call_results" ALTER COLUMN "envelope" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "queued_call_results" ALTER COLUMN "error" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "queued_calls" ALTER COLUMN "input" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "queued_calls" ALTER COLUMN "input" SET DEFAULT '{}';--> statement-breakpoint
ALTER TABLE "queued_calls" ALTER COLUMN "input" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "queued_calls" ADD COLUMN "max_attempts" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "queued_calls" ADD COLUMN "backoff_ms" integer DEFAULT 1000 NOT NULL;--> statement-breakpoint
ALTER TABLE "queued_calls" ADD COLUMN "attempt_call_id" text;--> statement-breakpoint
ALTER TABLE "queued_calls" ADD COLUMN "depth" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "queued_calls" ADD COLUMN "last_error" text;--> statement-breakpoint
ALTER TABLE "queued_calls" ADD COLUMN "repeated_as" text;--> statement-breakpoint
ALTER TABLE "queued_calls" ADD CONSTRAINT "queued_calls_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_queued_calls_due" ON "queued_calls" USING btree ("kind","account_id","operation_name","priority","not_before","id") WHERE "queued_calls"."status" = 'accepted';--> statement-breakpoint
CREATE INDEX "idx_queued_calls_expiring" ON "queued_calls" USING btree ("expires_at") WHERE "queued_calls"."status" = 'accepted';--> statement-breakpoint
CREATE INDEX "idx_queued_calls_account_id_id" ON "queued_calls" USING btree ("account_id","id");--> statement-breakpoint
CREATE INDEX "idx_queued_calls_dead" ON "queued_calls" USING btree ("account_id","id") WHERE "queued_calls"."status" = 'failed' and "queued_calls"."repeated_as" is null;--> statement-breakpoint
ALTER TABLE "queued_calls" ADD CONSTRAINT "chk_queued_calls_priority" CHECK ("queued_calls"."priority" between 0 and 9);--> statement-breakpoint
ALTER TABLE "queued_calls" ADD CONSTRAINT "chk_queued_calls_attempts" CHECK ("queued_calls"."attempts" >= 0 and "queued_calls"."max_attempts" >= 1 and "queued_calls"."backoff_ms" >= 0 and "queued_calls"."fencing_token" >= 0);--> statement-breakpoint
ALTER TABLE "queued_calls" DROP COLUMN "job_added_at";--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (11, '0010_queued_calls', 10);
