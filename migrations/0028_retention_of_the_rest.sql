-- Calls of the queue are of one kind, and none of them has a session. Deliveries name the process that holds their claim. The indexes by grant find all rows
-- that a grant's deletion changes. Code of an older level names the columns that are removed: a full stop.
ALTER TABLE "webhook_deliveries" DROP CONSTRAINT "chk_webhook_deliveries_lease";--> statement-breakpoint
ALTER TABLE "queued_calls" DROP CONSTRAINT "queued_calls_session_id_sessions_id_fk";--> statement-breakpoint
DROP INDEX "idx_queued_calls_session_id";--> statement-breakpoint
DROP INDEX "idx_queued_calls_due";--> statement-breakpoint
DROP INDEX "idx_queued_calls_waiting";--> statement-breakpoint
DROP INDEX "idx_queued_calls_grant_id";--> statement-breakpoint
DROP INDEX "idx_turns_grant_id";--> statement-breakpoint
DROP INDEX "idx_workflow_runs_grant_id";--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD COLUMN "worker_instance_id" text;--> statement-breakpoint
-- A call that has ended needs its rights no more, so that they can be deleted.
UPDATE "queued_calls" SET "grant_id" = NULL WHERE "ended_at" IS NOT NULL AND "grant_id" IS NOT NULL;--> statement-breakpoint
-- No process has a claim while services are stopped: what was being sent is sent again.
UPDATE "webhook_deliveries" SET "status" = 'pending', "lease_until" = NULL WHERE "status" = 'sending';--> statement-breakpoint
CREATE INDEX "idx_queued_calls_due" ON "queued_calls" USING btree ("account_id","operation_name","priority","not_before","id") WHERE "queued_calls"."status" = 'accepted';--> statement-breakpoint
CREATE INDEX "idx_queued_calls_waiting" ON "queued_calls" USING btree ("not_before") WHERE "queued_calls"."status" = 'accepted';--> statement-breakpoint
CREATE INDEX "idx_queued_calls_grant_id" ON "queued_calls" USING btree ("grant_id") WHERE "queued_calls"."grant_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_turns_grant_id" ON "turns" USING btree ("grant_id") WHERE "turns"."grant_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_workflow_runs_grant_id" ON "workflow_runs" USING btree ("grant_id") WHERE "workflow_runs"."grant_id" is not null;--> statement-breakpoint
ALTER TABLE "queued_calls" DROP COLUMN "kind";--> statement-breakpoint
ALTER TABLE "queued_calls" DROP COLUMN "session_id";--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "chk_webhook_deliveries_lease" CHECK (("webhook_deliveries"."status" = 'sending') = ("webhook_deliveries"."lease_until" is not null and "webhook_deliveries"."worker_instance_id" is not null));--> statement-breakpoint
DROP TYPE "public"."queued_call_kind";--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (29, '0028_retention_of_the_rest', 29);
