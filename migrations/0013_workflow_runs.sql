-- No row exists in the tables of workflows before this migration: no service wrote them.
DROP TABLE "workflow_run_events" CASCADE;--> statement-breakpoint
DROP TABLE "workflow_runs" CASCADE;--> statement-breakpoint
DROP TABLE "workflow_templates" CASCADE;--> statement-breakpoint
DROP TYPE "public"."workflow_run_status";--> statement-breakpoint
CREATE TYPE "public"."workflow_failure_policy" AS ENUM('continue-running', 'abort-dependents');--> statement-breakpoint
CREATE TYPE "public"."workflow_run_status" AS ENUM('pending', 'running', 'waiting', 'completed', 'failed', 'aborted');--> statement-breakpoint
CREATE TABLE "workflow_run_events" (
	"run_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"type" text NOT NULL,
	"node_key" text,
	"data" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "workflow_run_events_pk" PRIMARY KEY("run_id","seq"),
	CONSTRAINT "chk_workflow_run_events_seq" CHECK ("workflow_run_events"."seq" > 0)
);
--> statement-breakpoint
CREATE TABLE "workflow_runs" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"template_id" text NOT NULL,
	"template_hash" text NOT NULL,
	"account_id" text,
	"grant_id" text,
	"project_id" text NOT NULL,
	"parent_run_id" text,
	"branch_step" text,
	"status" "workflow_run_status" DEFAULT 'pending' NOT NULL,
	"input" text DEFAULT '{}' NOT NULL,
	"step_inputs" text DEFAULT '{}' NOT NULL,
	"output" text,
	"error" text,
	"event_seq" bigint DEFAULT 0 NOT NULL,
	"log_bytes" bigint DEFAULT 0 NOT NULL,
	"fencing_token" bigint DEFAULT 0 NOT NULL,
	"worker_instance_id" text,
	"lease_until" timestamp (3) with time zone,
	"wake_at" timestamp (3) with time zone DEFAULT now(),
	"wake_seq" bigint DEFAULT 0 NOT NULL,
	"depth" integer DEFAULT 0 NOT NULL,
	"traceparent" text,
	"abort_requested_at" timestamp (3) with time zone,
	"abort_reason" text,
	"started_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "chk_workflow_runs_counts" CHECK ("workflow_runs"."fencing_token" >= 0 and "workflow_runs"."event_seq" >= 0 and "workflow_runs"."log_bytes" >= 0 and "workflow_runs"."depth" >= 0),
	CONSTRAINT "chk_workflow_runs_lease" CHECK (("workflow_runs"."status" = 'running') = ("workflow_runs"."lease_until" is not null and "workflow_runs"."worker_instance_id" is not null)),
	CONSTRAINT "chk_workflow_runs_ended" CHECK (("workflow_runs"."status" in ('completed', 'failed', 'aborted')) = ("workflow_runs"."ended_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "workflow_signals" (
	"id" text PRIMARY KEY NOT NULL,
	"run_id" text NOT NULL,
	"name" text NOT NULL,
	"data" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "workflow_templates" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"owner_id" text NOT NULL,
	"project_id" text NOT NULL,
	"name" text NOT NULL,
	"version" integer NOT NULL,
	"description" text,
	"template" text NOT NULL,
	"input_schema" text,
	"failure_policy" "workflow_failure_policy" DEFAULT 'continue-running' NOT NULL,
	"hash" text NOT NULL,
	"steps" integer NOT NULL,
	CONSTRAINT "chk_workflow_templates_version" CHECK ("workflow_templates"."version" > 0 and "workflow_templates"."steps" >= 0)
);
--> statement-breakpoint
ALTER TABLE "workflow_run_events" ADD CONSTRAINT "workflow_run_events_run_id_workflow_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."workflow_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_runs" ADD CONSTRAINT "workflow_runs_template_id_workflow_templates_id_fk" FOREIGN KEY ("template_id") REFERENCES "public"."workflow_templates"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_runs" ADD CONSTRAINT "workflow_runs_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_runs" ADD CONSTRAINT "workflow_runs_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_runs" ADD CONSTRAINT "workflow_runs_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_runs" ADD CONSTRAINT "workflow_runs_parent_run_id_workflow_runs_id_fk" FOREIGN KEY ("parent_run_id") REFERENCES "public"."workflow_runs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_signals" ADD CONSTRAINT "workflow_signals_run_id_workflow_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."workflow_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_templates" ADD CONSTRAINT "workflow_templates_owner_id_accounts_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_templates" ADD CONSTRAINT "workflow_templates_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_workflow_runs_template_id" ON "workflow_runs" USING btree ("template_id");--> statement-breakpoint
CREATE INDEX "idx_workflow_runs_account_id_id" ON "workflow_runs" USING btree ("account_id","id");--> statement-breakpoint
CREATE INDEX "idx_workflow_runs_project_id_id" ON "workflow_runs" USING btree ("project_id","id");--> statement-breakpoint
CREATE INDEX "idx_workflow_runs_parent_run_id" ON "workflow_runs" USING btree ("parent_run_id") WHERE "workflow_runs"."parent_run_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_workflow_runs_grant_id" ON "workflow_runs" USING btree ("grant_id") WHERE "workflow_runs"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "idx_workflow_runs_due" ON "workflow_runs" USING btree ("wake_at") WHERE "workflow_runs"."ended_at" is null and "workflow_runs"."lease_until" is null;--> statement-breakpoint
CREATE INDEX "idx_workflow_runs_leased" ON "workflow_runs" USING btree ("lease_until") WHERE "workflow_runs"."lease_until" is not null;--> statement-breakpoint
CREATE INDEX "idx_workflow_runs_ended_at" ON "workflow_runs" USING btree ("ended_at") WHERE "workflow_runs"."ended_at" is not null;--> statement-breakpoint
CREATE INDEX "idx_workflow_signals_run_id_id" ON "workflow_signals" USING btree ("run_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "unq_workflow_templates_project_id_name_version" ON "workflow_templates" USING btree ("project_id","name","version");--> statement-breakpoint
CREATE INDEX "idx_workflow_templates_owner_id" ON "workflow_templates" USING btree ("owner_id");--> statement-breakpoint
CREATE TRIGGER "rule_workflow_run_events_append_only" BEFORE UPDATE ON "workflow_run_events"
  FOR EACH ROW EXECUTE FUNCTION "workflow_run_events_append_only"();--> statement-breakpoint

-- The end of a queued call makes the run due whose step it is.
CREATE FUNCTION "queued_calls_wake_workflow_run"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "workflow_runs" SET "wake_seq" = "wake_seq" + 1, "wake_at" = CASE WHEN "status" = 'waiting' THEN now() ELSE "wake_at" END
  WHERE "id" = NEW."metadata" ->> 'workflowRunId' AND "ended_at" IS NULL;
  RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER "rule_queued_calls_wake_workflow_run" AFTER UPDATE OF "status" ON "queued_calls"
  FOR EACH ROW WHEN (OLD."ended_at" IS NULL AND NEW."ended_at" IS NOT NULL AND NEW."metadata" ? 'workflowRunId')
  EXECUTE FUNCTION "queued_calls_wake_workflow_run"();--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (14, '0013_workflow_runs', 10);
