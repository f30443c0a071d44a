CREATE TYPE "public"."input_policy" AS ENUM('reject', 'queue', 'interrupt');--> statement-breakpoint
CREATE TYPE "public"."merge_status" AS ENUM('queued', 'running', 'merged', 'conflict', 'failed', 'cancelled');--> statement-breakpoint
CREATE TYPE "public"."task_check_status" AS ENUM('running', 'passed', 'failed', 'timed-out', 'lost');--> statement-breakpoint
CREATE TYPE "public"."work_outcome" AS ENUM('done', 'nothing-to-do', 'failed');--> statement-breakpoint
CREATE TABLE "merge_queue" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"project_id" text NOT NULL,
	"common_dir_id" text NOT NULL,
	"target_branch" text NOT NULL,
	"branch" text NOT NULL,
	"session_id" text,
	"workspace_id" text,
	"task_id" text,
	"account_id" text,
	"lead_session_id" text,
	"grant_id" text,
	"status" "merge_status" DEFAULT 'queued' NOT NULL,
	"step" text,
	"token" bigint DEFAULT 0 NOT NULL,
	"worker_instance_id" text,
	"lease_until" timestamp (3) with time zone,
	"wake_at" timestamp (3) with time zone,
	"wake_seq" bigint DEFAULT 0 NOT NULL,
	"target_head" text,
	"old_head" text,
	"new_head" text,
	"evidence" jsonb,
	"error" text,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "chk_merge_queue_lease" CHECK (("merge_queue"."status" = 'running') = ("merge_queue"."lease_until" is not null and "merge_queue"."worker_instance_id" is not null)),
	CONSTRAINT "chk_merge_queue_ended" CHECK (("merge_queue"."status" in ('queued', 'running')) = ("merge_queue"."ended_at" is null))
);
--> statement-breakpoint
CREATE TABLE "session_abort_receipts" (
	"abort_id" text NOT NULL,
	"session_id" text NOT NULL,
	"was_status" text NOT NULL,
	"turn_id" text,
	"worker_instance_id" text,
	"worker_token" bigint,
	"worker_lease_until" timestamp (3) with time zone,
	"cancelled_calls" integer DEFAULT 0 NOT NULL,
	"tokens_before" bigint DEFAULT 0 NOT NULL,
	"tokens_after" bigint,
	"saved_ref" text,
	"save_error" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"stopped_at" timestamp (3) with time zone,
	CONSTRAINT "session_abort_receipts_pkey" PRIMARY KEY("abort_id","session_id")
);
--> statement-breakpoint
CREATE TABLE "session_aborts" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"session_id" text NOT NULL,
	"requested_by" text,
	"requested_by_session_id" text,
	"reason" text,
	"acknowledged_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "spoke_processes" (
	"spoke_id" text NOT NULL,
	"process_id" text NOT NULL,
	"session_id" text,
	"worktree" text,
	"command" text,
	"processes" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "spoke_processes_pkey" PRIMARY KEY("spoke_id","process_id")
);
--> statement-breakpoint
CREATE TABLE "task_checks" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"task_id" text NOT NULL,
	"session_id" text,
	"run_id" text NOT NULL,
	"idx" integer NOT NULL,
	"claim_token" bigint,
	"name" text NOT NULL,
	"command" text NOT NULL,
	"timeout_ms" integer NOT NULL,
	"status" "task_check_status" DEFAULT 'running' NOT NULL,
	"exit_code" integer,
	"output" text,
	"error" text,
	"call_id" text,
	"head" text,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "unq_task_checks_run_id_idx" UNIQUE("run_id","idx"),
	CONSTRAINT "chk_task_checks_ended" CHECK (("task_checks"."status" = 'running') = ("task_checks"."ended_at" is null))
);
--> statement-breakpoint
CREATE TABLE "task_claims" (
	"task_id" text PRIMARY KEY NOT NULL,
	"session_id" text,
	"account_id" text,
	"token" bigint DEFAULT 1 NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"released_at" timestamp (3) with time zone,
	"release_reason" text,
	"task_hash" text,
	"checks" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"evidence" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "chk_task_claims_holder" CHECK ("task_claims"."released_at" is not null or ("task_claims"."session_id" is null) <> ("task_claims"."account_id" is null)),
	CONSTRAINT "chk_task_claims_expiry" CHECK ("task_claims"."released_at" is not null or ("task_claims"."account_id" is null) = ("task_claims"."expires_at" is null)),
	CONSTRAINT "chk_task_claims_token" CHECK ("task_claims"."token" >= 1)
);
--> statement-breakpoint
CREATE TABLE "task_wakeups" (
	"task_id" text NOT NULL,
	"completed_task_id" text NOT NULL,
	"completion" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"delivered_at" timestamp (3) with time zone,
	CONSTRAINT "task_wakeups_pkey" PRIMARY KEY("task_id","completed_task_id","completion")
);
--> statement-breakpoint
CREATE TABLE "worktree_inventory" (
	"spoke_id" text NOT NULL,
	"name" text NOT NULL,
	"workspace_id" text,
	"branch" text,
	"head" text,
	"dirty" boolean,
	"locked" text,
	"disk_bytes" bigint,
	"problem" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "worktree_inventory_pkey" PRIMARY KEY("spoke_id","name")
);
--> statement-breakpoint
ALTER TABLE "mappings" ADD COLUMN "spawner_id" text;--> statement-breakpoint
ALTER TABLE "mappings" ADD COLUMN "spawn_key" text;--> statement-breakpoint
ALTER TABLE "mappings" ADD COLUMN "spawn_hash" text;--> statement-breakpoint
ALTER TABLE "mappings" ADD COLUMN "outcome" "work_outcome";--> statement-breakpoint
ALTER TABLE "mappings" ADD COLUMN "result" text;--> statement-breakpoint
ALTER TABLE "mappings" ADD COLUMN "report" text;--> statement-breakpoint
ALTER TABLE "mappings" ADD COLUMN "evidence" jsonb;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "spawn_plan" jsonb;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "spawn_lease_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "abort_id" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "input_policy" "input_policy" DEFAULT 'queue' NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "touches" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "checks" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "estimate" real;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "completions" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "status_reason" text;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "result" jsonb;--> statement-breakpoint
ALTER TABLE "merge_queue" ADD CONSTRAINT "merge_queue_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "merge_queue" ADD CONSTRAINT "merge_queue_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "merge_queue" ADD CONSTRAINT "merge_queue_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "merge_queue" ADD CONSTRAINT "merge_queue_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "merge_queue" ADD CONSTRAINT "merge_queue_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "merge_queue" ADD CONSTRAINT "merge_queue_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_abort_receipts" ADD CONSTRAINT "session_abort_receipts_abort_id_session_aborts_id_fk" FOREIGN KEY ("abort_id") REFERENCES "public"."session_aborts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_abort_receipts" ADD CONSTRAINT "session_abort_receipts_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_aborts" ADD CONSTRAINT "session_aborts_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_aborts" ADD CONSTRAINT "session_aborts_requested_by_accounts_id_fk" FOREIGN KEY ("requested_by") REFERENCES "public"."accounts"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "spoke_processes" ADD CONSTRAINT "spoke_processes_spoke_id_spokes_id_fk" FOREIGN KEY ("spoke_id") REFERENCES "public"."spokes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "spoke_processes" ADD CONSTRAINT "spoke_processes_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_checks" ADD CONSTRAINT "task_checks_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_checks" ADD CONSTRAINT "task_checks_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_claims" ADD CONSTRAINT "task_claims_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_claims" ADD CONSTRAINT "task_claims_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_claims" ADD CONSTRAINT "task_claims_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_wakeups" ADD CONSTRAINT "task_wakeups_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_wakeups" ADD CONSTRAINT "task_wakeups_completed_task_id_tasks_id_fk" FOREIGN KEY ("completed_task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "worktree_inventory" ADD CONSTRAINT "worktree_inventory_spoke_id_spokes_id_fk" FOREIGN KEY ("spoke_id") REFERENCES "public"."spokes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "worktree_inventory" ADD CONSTRAINT "worktree_inventory_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "unq_merge_queue_running" ON "merge_queue" USING btree ("common_dir_id","target_branch") WHERE "merge_queue"."status" = 'running';--> statement-breakpoint
CREATE UNIQUE INDEX "unq_merge_queue_open" ON "merge_queue" USING btree ("common_dir_id","target_branch","branch") WHERE "merge_queue"."status" in ('queued', 'running');--> statement-breakpoint
CREATE INDEX "idx_merge_queue_due" ON "merge_queue" USING btree ("wake_at") WHERE "merge_queue"."lease_until" is null and "merge_queue"."wake_at" is not null;--> statement-breakpoint
CREATE INDEX "idx_merge_queue_leased" ON "merge_queue" USING btree ("lease_until") WHERE "merge_queue"."lease_until" is not null;--> statement-breakpoint
CREATE INDEX "idx_merge_queue_project_id_id" ON "merge_queue" USING btree ("project_id","id");--> statement-breakpoint
CREATE INDEX "idx_merge_queue_session_id" ON "merge_queue" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "idx_merge_queue_workspace_id" ON "merge_queue" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "idx_merge_queue_task_id" ON "merge_queue" USING btree ("task_id");--> statement-breakpoint
CREATE INDEX "idx_merge_queue_account_id" ON "merge_queue" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "idx_merge_queue_grant_id" ON "merge_queue" USING btree ("grant_id");--> statement-breakpoint
CREATE INDEX "idx_session_abort_receipts_session_id" ON "session_abort_receipts" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "idx_session_abort_receipts_open" ON "session_abort_receipts" USING btree ("worker_instance_id") WHERE "session_abort_receipts"."stopped_at" is null;--> statement-breakpoint
CREATE INDEX "idx_session_aborts_session_id" ON "session_aborts" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "idx_session_aborts_requested_by" ON "session_aborts" USING btree ("requested_by");--> statement-breakpoint
CREATE INDEX "idx_session_aborts_open" ON "session_aborts" USING btree ("created_at") WHERE "session_aborts"."acknowledged_at" is null;--> statement-breakpoint
CREATE INDEX "idx_spoke_processes_session_id" ON "spoke_processes" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "idx_task_checks_task_id_id" ON "task_checks" USING btree ("task_id","id");--> statement-breakpoint
CREATE INDEX "idx_task_checks_session_id" ON "task_checks" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "idx_task_claims_session_id" ON "task_claims" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "idx_task_claims_account_id" ON "task_claims" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "idx_task_claims_expires_at" ON "task_claims" USING btree ("expires_at") WHERE "task_claims"."released_at" is null and "task_claims"."expires_at" is not null;--> statement-breakpoint
CREATE INDEX "idx_task_wakeups_completed_task_id" ON "task_wakeups" USING btree ("completed_task_id");--> statement-breakpoint
CREATE INDEX "idx_task_wakeups_open" ON "task_wakeups" USING btree ("created_at") WHERE "task_wakeups"."delivered_at" is null;--> statement-breakpoint
CREATE INDEX "idx_worktree_inventory_workspace_id" ON "worktree_inventory" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "idx_worktree_inventory_problem" ON "worktree_inventory" USING btree ("problem") WHERE "worktree_inventory"."problem" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "unq_mappings_spawner_id_spawn_key" ON "mappings" USING btree ("spawner_id","spawn_key") WHERE "mappings"."spawn_key" is not null;--> statement-breakpoint
CREATE INDEX "idx_mappings_spawner_id_created_at" ON "mappings" USING btree ("spawner_id","created_at");--> statement-breakpoint
CREATE INDEX "idx_sessions_spawning" ON "sessions" USING btree ("spawn_lease_until") WHERE "sessions"."spawn_step" is not null and "sessions"."spawn_step" <> 'prompted';--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "chk_tasks_completions" CHECK ("tasks"."completions" >= 0);--> statement-breakpoint
-- Sessions in the seeded roles report to who spawned them. Roles that an operator has changed stay as they are.
UPDATE "roles" SET
	"permissions" = '[{"action": "coord.notify", "permission": "allow", "pattern": "*"}]'::jsonb || "permissions",
	"data" = jsonb_set("data", '{nativeTools}', ("data"->'nativeTools') || '["coord.notify"]'::jsonb),
	"updated_at" = now()
WHERE "name" IN ('architect', 'architecture-reviewer', 'code-reviewer', 'decomposer', 'implementation-specialist', 'poc-specialist', 'research-specialist')
	AND ("updated_at" = "created_at" OR "updated_at" = (SELECT "applied_at" FROM "schema_levels" WHERE "level" = 20))
	AND jsonb_typeof("data"->'nativeTools') = 'array';--> statement-breakpoint
UPDATE "roles" SET
	"data" = jsonb_set("data", '{nativeTools}', ("data"->'nativeTools') || '["coord.spawn", "coord.status", "coord.message", "coord.await", "coord.abort", "coord.merge", "coord.notify", "tasks.next"]'::jsonb),
	"updated_at" = now()
WHERE "name" = 'coordinator'
	AND ("updated_at" = "created_at" OR "updated_at" = (SELECT "applied_at" FROM "schema_levels" WHERE "level" = 20))
	AND jsonb_typeof("data"->'nativeTools') = 'array';--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (22, '0021_coordination', 20);
