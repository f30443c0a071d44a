CREATE TYPE "public"."end_reason" AS ENUM('completed', 'user-stop', 'parent-abort', 'first-byte-timeout', 'idle-timeout', 'turn-limit', 'budget', 'rate-limit', 'provider-error', 'context-exhausted', 'fence-lost', 'revoked', 'workspace-mismatch', 'spoke-gone', 'internal-error');--> statement-breakpoint
CREATE TYPE "public"."message_delivery" AS ENUM('accepted', 'delivered', 'answered', 'refused');--> statement-breakpoint
CREATE TYPE "public"."message_mode" AS ENUM('steer', 'queue', 'interrupt');--> statement-breakpoint
CREATE TYPE "public"."session_mode" AS ENUM('agent', 'external');--> statement-breakpoint
CREATE TYPE "public"."step_status" AS ENUM('running', 'done', 'dropped');--> statement-breakpoint
CREATE TYPE "public"."tool_call_status" AS ENUM('planned', 'waiting', 'dispatched', 'done', 'failed', 'denied', 'unknown', 'cancelled');--> statement-breakpoint
CREATE TYPE "public"."turn_status" AS ENUM('queued', 'running', 'waiting', 'ended');--> statement-breakpoint
CREATE TYPE "public"."wait_kind" AS ENUM('approval', 'child', 'timer', 'call', 'rate-limit', 'merge', 'spoke', 'grant');--> statement-breakpoint
CREATE TABLE "session_events" (
	"session_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"type" text NOT NULL,
	"data" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "session_events_pkey" PRIMARY KEY("session_id","seq")
);
--> statement-breakpoint
CREATE TABLE "session_permissions" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"session_id" text NOT NULL,
	"operation_name" text NOT NULL,
	"pattern" text NOT NULL,
	"approval_id" text,
	"granted_by" text,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "tool_calls" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"session_id" text NOT NULL,
	"turn_id" text NOT NULL,
	"message_id" text NOT NULL,
	"step" integer NOT NULL,
	"idx" integer NOT NULL,
	"model_call_id" text NOT NULL,
	"tool_name" text NOT NULL,
	"operation_name" text,
	"schema_hash" text,
	"retry" "retry_class" NOT NULL,
	"input" text NOT NULL,
	"status" "tool_call_status" DEFAULT 'planned' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"call_id" text,
	"approval_id" text,
	"output" text,
	"output_bytes" integer,
	"error" text,
	"dispatched_at" timestamp (3) with time zone,
	"deadline" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "unq_tool_calls_message_id_idx" UNIQUE("message_id","idx"),
	CONSTRAINT "chk_tool_calls_ended" CHECK (("tool_calls"."status" in ('planned', 'waiting', 'dispatched')) = ("tool_calls"."ended_at" is null))
);
--> statement-breakpoint
CREATE TABLE "turn_steps" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"turn_id" text NOT NULL,
	"session_id" text NOT NULL,
	"step" integer NOT NULL,
	"attempt" integer NOT NULL,
	"model" text NOT NULL,
	"call_id" text NOT NULL,
	"status" "step_status" DEFAULT 'running' NOT NULL,
	"reason" "end_reason",
	"error" text,
	"message_id" text,
	"input_tokens" bigint,
	"output_tokens" bigint,
	"cached_tokens" bigint,
	"checkpoint_ref" text,
	"checkpoint_tree" text,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "unq_turn_steps_turn_id_step_attempt" UNIQUE("turn_id","step","attempt")
);
--> statement-breakpoint
CREATE TABLE "turn_waits" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"session_id" text NOT NULL,
	"turn_id" text NOT NULL,
	"tool_call_id" text,
	"kind" "wait_kind" NOT NULL,
	"ref" text NOT NULL,
	"deadline" timestamp (3) with time zone,
	"fired_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "turns" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"session_id" text NOT NULL,
	"message_id" text NOT NULL,
	"status" "turn_status" DEFAULT 'queued' NOT NULL,
	"reason" "end_reason",
	"error" text,
	"grant_id" text,
	"steps" integer DEFAULT 0 NOT NULL,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"traceparent" text,
	"started_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "chk_turns_ended" CHECK (("turns"."status" = 'ended') = ("turns"."ended_at" is not null) and ("turns"."status" = 'ended') = ("turns"."reason" is not null))
);
--> statement-breakpoint
ALTER TABLE "sessions" DROP CONSTRAINT "sessions_project_id_projects_id_fk";
--> statement-breakpoint
DROP INDEX "idx_sessions_live";--> statement-breakpoint
DROP INDEX "idx_sessions_busy";--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "status" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "status" SET DEFAULT 'idle'::text;--> statement-breakpoint
DROP TYPE "public"."session_status";--> statement-breakpoint
CREATE TYPE "public"."session_status" AS ENUM('idle', 'queued', 'running', 'waiting', 'done', 'failed', 'aborted', 'archived');--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "status" SET DEFAULT 'idle'::"public"."session_status";--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "status" SET DATA TYPE "public"."session_status" USING (CASE WHEN "status" IN ('busy', 'retry') THEN 'idle' ELSE "status" END)::"public"."session_status";--> statement-breakpoint
CREATE INDEX "idx_sessions_live" ON "sessions" USING btree ("project_id","last_activity_at") WHERE "sessions"."status" <> 'archived';--> statement-breakpoint
DROP INDEX "idx_messages_session_id_created_at_id";--> statement-breakpoint
DROP INDEX "idx_parts_message_id_id";--> statement-breakpoint
DROP INDEX "idx_sessions_account_id";--> statement-breakpoint
DROP INDEX "idx_sessions_project_id_created_at_id";--> statement-breakpoint
ALTER TABLE "grants" DROP CONSTRAINT "grants_role_id_roles_id_fk";--> statement-breakpoint
DROP INDEX "idx_grants_role_id";--> statement-breakpoint
ALTER TABLE "grants" DROP COLUMN "role_id";--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "parent_grant_id" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "seq" bigint NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "position" bigint;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "mode" "message_mode";--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "delivery" "message_delivery";--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "refusal" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "expected_turn_id" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "fallback_queue" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "in_reply_to" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "turn_id" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "step" integer;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "sender_id" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "sender_session_id" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "grant_id" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "reverted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "parts" ADD COLUMN "step" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "parts" ADD COLUMN "idx" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "workspace_required" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "root_id" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "depth" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "mode" "session_mode" DEFAULT 'agent' NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "waiting_on" "wait_kind";--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "state_since" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "progress_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "role_id" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "role_chain" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "model" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "instructions" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "end_reason" "end_reason";--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "event_seq" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "message_seq" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "turn_id" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "turn_token" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "worker_instance_id" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "lease_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "wake_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "wake_seq" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "abort_requested_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "abort_reason" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "forked_from" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "forked_at" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "budget_id" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "spawn_step" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "worktree" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "repository_id" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "common_dir_id" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "head" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "expected_head" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "parked_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "session_events" ADD CONSTRAINT "session_events_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_permissions" ADD CONSTRAINT "session_permissions_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tool_calls" ADD CONSTRAINT "tool_calls_turn_id_turns_id_fk" FOREIGN KEY ("turn_id") REFERENCES "public"."turns"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "turn_steps" ADD CONSTRAINT "turn_steps_turn_id_turns_id_fk" FOREIGN KEY ("turn_id") REFERENCES "public"."turns"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "turn_waits" ADD CONSTRAINT "turn_waits_turn_id_turns_id_fk" FOREIGN KEY ("turn_id") REFERENCES "public"."turns"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "turns" ADD CONSTRAINT "turns_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "turns" ADD CONSTRAINT "turns_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_session_events_created_at" ON "session_events" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "idx_session_permissions_session_id" ON "session_permissions" USING btree ("session_id") WHERE "session_permissions"."revoked_at" is null;--> statement-breakpoint
CREATE INDEX "idx_tool_calls_session_id_id" ON "tool_calls" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "idx_tool_calls_turn_id_step" ON "tool_calls" USING btree ("turn_id","step");--> statement-breakpoint
CREATE INDEX "idx_tool_calls_dispatched" ON "tool_calls" USING btree ("deadline") WHERE "tool_calls"."status" = 'dispatched';--> statement-breakpoint
CREATE INDEX "idx_tool_calls_ended_at" ON "tool_calls" USING btree ("ended_at") WHERE "tool_calls"."ended_at" is not null;--> statement-breakpoint
CREATE INDEX "idx_turn_steps_session_id_id" ON "turn_steps" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "idx_turn_waits_turn_id" ON "turn_waits" USING btree ("turn_id");--> statement-breakpoint
CREATE INDEX "idx_turn_waits_open" ON "turn_waits" USING btree ("kind","ref") WHERE "turn_waits"."fired_at" is null;--> statement-breakpoint
CREATE INDEX "idx_turns_session_id_id" ON "turns" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "idx_turns_grant_id" ON "turns" USING btree ("grant_id") WHERE "turns"."ended_at" is null;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_parent_grant_id_grants_id_fk" FOREIGN KEY ("parent_grant_id") REFERENCES "public"."grants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_sender_id_accounts_id_fk" FOREIGN KEY ("sender_id") REFERENCES "public"."accounts"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_role_id_roles_id_fk" FOREIGN KEY ("role_id") REFERENCES "public"."roles"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_grants_parent_grant_id" ON "grants" USING btree ("parent_grant_id") WHERE "grants"."parent_grant_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_messages_session_id_position" ON "messages" USING btree ("session_id","position") WHERE "messages"."position" is not null;--> statement-breakpoint
CREATE INDEX "idx_messages_session_id_accepted" ON "messages" USING btree ("session_id","seq") WHERE "messages"."delivery" = 'accepted';--> statement-breakpoint
CREATE INDEX "idx_messages_turn_id" ON "messages" USING btree ("turn_id") WHERE "messages"."turn_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_messages_sender_id" ON "messages" USING btree ("sender_id") WHERE "messages"."sender_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_messages_grant_id" ON "messages" USING btree ("grant_id") WHERE "messages"."grant_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_parts_message_id_step_idx" ON "parts" USING btree ("message_id","step","idx");--> statement-breakpoint
CREATE INDEX "idx_sessions_account_id_id" ON "sessions" USING btree ("account_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "unq_sessions_workspace_id_live" ON "sessions" USING btree ("workspace_id") WHERE "sessions"."workspace_id" is not null and "sessions"."status" not in ('done', 'failed', 'aborted', 'archived');--> statement-breakpoint
CREATE INDEX "idx_sessions_root_id" ON "sessions" USING btree ("root_id") WHERE "sessions"."root_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_sessions_role_id" ON "sessions" USING btree ("role_id") WHERE "sessions"."role_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_sessions_project_id_id" ON "sessions" USING btree ("project_id","id");--> statement-breakpoint
CREATE INDEX "idx_sessions_due" ON "sessions" USING btree ("wake_at") WHERE "sessions"."lease_until" is null and "sessions"."wake_at" is not null;--> statement-breakpoint
CREATE INDEX "idx_sessions_leased" ON "sessions" USING btree ("lease_until") WHERE "sessions"."lease_until" is not null;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "unq_messages_session_id_seq" UNIQUE("session_id","seq");--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "chk_messages_delivery" CHECK (("messages"."mode" is null) = ("messages"."delivery" is null));--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "chk_sessions_counts" CHECK (least("sessions"."turn_token", "sessions"."event_seq", "sessions"."message_seq", "sessions"."wake_seq", "sessions"."depth") >= 0);--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "chk_sessions_lease" CHECK (("sessions"."status" = 'running') = ("sessions"."lease_until" is not null and "sessions"."worker_instance_id" is not null));--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "chk_sessions_waiting" CHECK ("sessions"."waiting_on" is null or "sessions"."status" = 'waiting');--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "chk_sessions_external" CHECK ("sessions"."mode" = 'agent' or "sessions"."turn_id" is null);--> statement-breakpoint
-- The seeded roles name operations; those that an operator has changed stay as they are.
UPDATE "roles" SET "permissions" = '[{"action": "fs.read", "permission": "allow", "pattern": "*"}, {"action": "fs.list", "permission": "allow", "pattern": "*"}, {"action": "fs.glob", "permission": "allow", "pattern": "*"}, {"action": "fs.search", "permission": "allow", "pattern": "*"}, {"action": "git.status", "permission": "allow", "pattern": "*"}, {"action": "git.diff", "permission": "allow", "pattern": "*"}, {"action": "git.log", "permission": "allow", "pattern": "*"}, {"action": "fs.write", "permission": "allow", "pattern": "docs/*"}, {"action": "fs.edit", "permission": "allow", "pattern": "docs/*"}, {"action": "fs.write", "permission": "ask", "pattern": "*"}, {"action": "fs.edit", "permission": "ask", "pattern": "*"}, {"action": "*", "permission": "deny", "pattern": "*"}]', "tools" = '{"shell.run": false}', "scopes" = '["fs:read", "fs:write", "git:read"]', "data" = '{"nativeTools": ["fs.read", "fs.list", "fs.glob", "fs.search", "git.status", "git.diff", "git.log", "fs.write", "fs.edit"], "maxSteps": 60, "concurrency": 4}', "updated_at" = now() WHERE "name" = 'architect' AND "updated_at" = "created_at";--> statement-breakpoint
UPDATE "roles" SET "permissions" = '[{"action": "fs.read", "permission": "allow", "pattern": "*"}, {"action": "fs.list", "permission": "allow", "pattern": "*"}, {"action": "fs.glob", "permission": "allow", "pattern": "*"}, {"action": "fs.search", "permission": "allow", "pattern": "*"}, {"action": "git.status", "permission": "allow", "pattern": "*"}, {"action": "git.diff", "permission": "allow", "pattern": "*"}, {"action": "git.log", "permission": "allow", "pattern": "*"}, {"action": "*", "permission": "deny", "pattern": "*"}]', "tools" = '{"shell.run": false, "fs.write": false, "fs.edit": false}', "scopes" = '["fs:read", "git:read"]', "data" = '{"nativeTools": ["fs.read", "fs.list", "fs.glob", "fs.search", "git.status", "git.diff", "git.log"], "maxSteps": 40, "concurrency": 4}', "updated_at" = now() WHERE "name" = 'architecture-reviewer' AND "updated_at" = "created_at";--> statement-breakpoint
UPDATE "roles" SET "permissions" = '[{"action": "fs.read", "permission": "allow", "pattern": "*"}, {"action": "fs.list", "permission": "allow", "pattern": "*"}, {"action": "fs.glob", "permission": "allow", "pattern": "*"}, {"action": "fs.search", "permission": "allow", "pattern": "*"}, {"action": "git.status", "permission": "allow", "pattern": "*"}, {"action": "git.diff", "permission": "allow", "pattern": "*"}, {"action": "git.log", "permission": "allow", "pattern": "*"}, {"action": "*", "permission": "deny", "pattern": "*"}]', "tools" = '{"shell.run": false, "fs.write": false, "fs.edit": false}', "scopes" = '["fs:read", "git:read"]', "data" = '{"nativeTools": ["fs.read", "fs.list", "fs.glob", "fs.search", "git.status", "git.diff", "git.log"], "maxSteps": 40, "concurrency": 4}', "updated_at" = now() WHERE "name" = 'code-reviewer' AND "updated_at" = "created_at";--> statement-breakpoint
UPDATE "roles" SET "permissions" = '[{"action": "fs.read", "permission": "allow", "pattern": "*"}, {"action": "fs.list", "permission": "allow", "pattern": "*"}, {"action": "fs.glob", "permission": "allow", "pattern": "*"}, {"action": "fs.search", "permission": "allow", "pattern": "*"}, {"action": "git.status", "permission": "allow", "pattern": "*"}, {"action": "git.diff", "permission": "allow", "pattern": "*"}, {"action": "git.log", "permission": "allow", "pattern": "*"}, {"action": "git.worktree*", "permission": "allow", "pattern": "*"}, {"action": "coord.*", "permission": "allow", "pattern": "*"}, {"action": "tasks.*", "permission": "allow", "pattern": "*"}, {"action": "sessions.get", "permission": "allow", "pattern": "*"}, {"action": "sessions.list", "permission": "allow", "pattern": "*"}, {"action": "sessions.messages", "permission": "allow", "pattern": "*"}, {"action": "sessions.output", "permission": "allow", "pattern": "*"}, {"action": "approvals.*", "permission": "allow", "pattern": "*"}, {"action": "git.merge", "permission": "ask", "pattern": "*"}, {"action": "shell.run", "permission": "ask", "pattern": "*"}, {"action": "*", "permission": "deny", "pattern": "*"}]', "tools" = '{"fs.write": false, "fs.edit": false}', "scopes" = '["fs:read", "git:read", "git:write", "shell:run", "tasks:read", "tasks:write", "sessions:read", "sessions:approve", "coord:write"]', "data" = '{"nativeTools": ["fs.read", "fs.list", "fs.glob", "fs.search", "git.status", "git.diff", "git.log"], "maxSteps": 100, "concurrency": 4}', "updated_at" = now() WHERE "name" = 'coordinator' AND "updated_at" = "created_at";--> statement-breakpoint
UPDATE "roles" SET "permissions" = '[{"action": "fs.read", "permission": "allow", "pattern": "*"}, {"action": "fs.list", "permission": "allow", "pattern": "*"}, {"action": "fs.glob", "permission": "allow", "pattern": "*"}, {"action": "fs.search", "permission": "allow", "pattern": "*"}, {"action": "git.status", "permission": "allow", "pattern": "*"}, {"action": "git.diff", "permission": "allow", "pattern": "*"}, {"action": "git.log", "permission": "allow", "pattern": "*"}, {"action": "tasks.*", "permission": "allow", "pattern": "*"}, {"action": "fs.write", "permission": "allow", "pattern": "tasks/*"}, {"action": "fs.edit", "permission": "allow", "pattern": "tasks/*"}, {"action": "*", "permission": "deny", "pattern": "*"}]', "tools" = '{"shell.run": false}', "scopes" = '["fs:read", "fs:write", "git:read", "tasks:read", "tasks:write"]', "data" = '{"nativeTools": ["fs.read", "fs.list", "fs.glob", "fs.search", "git.status", "git.diff", "git.log", "fs.write", "fs.edit"], "maxSteps": 60, "concurrency": 4}', "updated_at" = now() WHERE "name" = 'decomposer' AND "updated_at" = "created_at";--> statement-breakpoint
UPDATE "roles" SET "permissions" = '[{"action": "fs.read", "permission": "allow", "pattern": "*"}, {"action": "fs.list", "permission": "allow", "pattern": "*"}, {"action": "fs.glob", "permission": "allow", "pattern": "*"}, {"action": "fs.search", "permission": "allow", "pattern": "*"}, {"action": "git.status", "permission": "allow", "pattern": "*"}, {"action": "git.diff", "permission": "allow", "pattern": "*"}, {"action": "git.log", "permission": "allow", "pattern": "*"}, {"action": "fs.write", "permission": "allow", "pattern": "*"}, {"action": "fs.edit", "permission": "allow", "pattern": "*"}, {"action": "git.commit", "permission": "allow", "pattern": "*"}, {"action": "shell.run", "permission": "allow", "pattern": "*"}, {"action": "process.*", "permission": "allow", "pattern": "*"}, {"action": "*", "permission": "deny", "pattern": "*"}]', "tools" = '{}', "scopes" = '["fs:read", "fs:write", "git:read", "git:write", "shell:run"]', "data" = '{"nativeTools": ["fs.read", "fs.list", "fs.glob", "fs.search", "git.status", "git.diff", "git.log", "fs.write", "fs.edit", "git.commit", "shell.run"], "maxSteps": 100, "concurrency": 4}', "updated_at" = now() WHERE "name" = 'implementation-specialist' AND "updated_at" = "created_at";--> statement-breakpoint
UPDATE "roles" SET "permissions" = '[{"action": "fs.read", "permission": "allow", "pattern": "*"}, {"action": "fs.list", "permission": "allow", "pattern": "*"}, {"action": "fs.glob", "permission": "allow", "pattern": "*"}, {"action": "fs.search", "permission": "allow", "pattern": "*"}, {"action": "git.status", "permission": "allow", "pattern": "*"}, {"action": "git.diff", "permission": "allow", "pattern": "*"}, {"action": "git.log", "permission": "allow", "pattern": "*"}, {"action": "fs.write", "permission": "allow", "pattern": "*"}, {"action": "fs.edit", "permission": "allow", "pattern": "*"}, {"action": "git.commit", "permission": "allow", "pattern": "*"}, {"action": "shell.run", "permission": "ask", "pattern": "*"}, {"action": "process.*", "permission": "allow", "pattern": "*"}, {"action": "*", "permission": "deny", "pattern": "*"}]', "tools" = '{}', "scopes" = '["fs:read", "fs:write", "git:read", "git:write", "shell:run"]', "data" = '{"nativeTools": ["fs.read", "fs.list", "fs.glob", "fs.search", "git.status", "git.diff", "git.log", "fs.write", "fs.edit", "git.commit", "shell.run"], "maxSteps": 100, "concurrency": 4}', "updated_at" = now() WHERE "name" = 'poc-specialist' AND "updated_at" = "created_at";--> statement-breakpoint
UPDATE "roles" SET "permissions" = '[{"action": "fs.read", "permission": "allow", "pattern": "*"}, {"action": "fs.list", "permission": "allow", "pattern": "*"}, {"action": "fs.glob", "permission": "allow", "pattern": "*"}, {"action": "fs.search", "permission": "allow", "pattern": "*"}, {"action": "git.status", "permission": "allow", "pattern": "*"}, {"action": "git.diff", "permission": "allow", "pattern": "*"}, {"action": "git.log", "permission": "allow", "pattern": "*"}, {"action": "fs.write", "permission": "allow", "pattern": "docs/research/*"}, {"action": "fs.edit", "permission": "allow", "pattern": "docs/research/*"}, {"action": "*", "permission": "deny", "pattern": "*"}]', "tools" = '{"shell.run": false}', "scopes" = '["fs:read", "fs:write", "git:read"]', "data" = '{"nativeTools": ["fs.read", "fs.list", "fs.glob", "fs.search", "git.status", "git.diff", "git.log", "fs.write", "fs.edit"], "maxSteps": 60, "concurrency": 4}', "updated_at" = now() WHERE "name" = 'research-specialist' AND "updated_at" = "created_at";--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (20, '0019_agent_sessions', 20);
