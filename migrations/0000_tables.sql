CREATE TYPE "public"."access_level" AS ENUM('admin', 'user', 'service');--> statement-breakpoint
CREATE TYPE "public"."account_kind" AS ENUM('human', 'service', 'llm');--> statement-breakpoint
CREATE TYPE "public"."account_status" AS ENUM('active', 'suspended', 'deactivated');--> statement-breakpoint
CREATE TYPE "public"."audit_result" AS ENUM('success', 'denied', 'failure');--> statement-breakpoint
CREATE TYPE "public"."budget_period" AS ENUM('day', 'month', 'total');--> statement-breakpoint
CREATE TYPE "public"."budget_subject" AS ENUM('account', 'key', 'org');--> statement-breakpoint
CREATE TYPE "public"."budget_unit" AS ENUM('tokens', 'cost');--> statement-breakpoint
CREATE TYPE "public"."call_edge_type" AS ENUM('triggered', 'depends_on');--> statement-breakpoint
CREATE TYPE "public"."call_status" AS ENUM('pending', 'running', 'completed', 'failed', 'aborted');--> statement-breakpoint
CREATE TYPE "public"."change_kind" AS ENUM('spoke', 'spoke-removed', 'service', 'client', 'key', 'account', 'membership', 'organization', 'role', 'grant');--> statement-breakpoint
CREATE TYPE "public"."change_topic" AS ENUM('registry', 'identity');--> statement-breakpoint
CREATE TYPE "public"."detection_kind" AS ENUM('model-degradation', 'high-error-count', 'stall', 'loop');--> statement-breakpoint
CREATE TYPE "public"."detection_severity" AS ENUM('low', 'medium', 'high');--> statement-breakpoint
CREATE TYPE "public"."idempotency_status" AS ENUM('pending', 'completed', 'failed', 'unknown');--> statement-breakpoint
CREATE TYPE "public"."mapping_status" AS ENUM('active', 'completed', 'aborted', 'failed');--> statement-breakpoint
CREATE TYPE "public"."membership_level" AS ENUM('owner', 'admin', 'member');--> statement-breakpoint
CREATE TYPE "public"."message_role" AS ENUM('system', 'user', 'assistant', 'tool');--> statement-breakpoint
CREATE TYPE "public"."operation_type" AS ENUM('query', 'mutation', 'subscription');--> statement-breakpoint
CREATE TYPE "public"."part_type" AS ENUM('text', 'reasoning', 'tool-call', 'file', 'source', 'step-start', 'step-finish', 'patch', 'snapshot', 'compaction', 'agent');--> statement-breakpoint
CREATE TYPE "public"."provider_type" AS ENUM('spoke', 'client');--> statement-breakpoint
CREATE TYPE "public"."queued_call_kind" AS ENUM('call', 'turn', 'step');--> statement-breakpoint
CREATE TYPE "public"."queued_call_status" AS ENUM('accepted', 'running', 'completed', 'failed', 'aborted');--> statement-breakpoint
CREATE TYPE "public"."record_mode" AS ENUM('after', 'before-reply');--> statement-breakpoint
CREATE TYPE "public"."registration_status" AS ENUM('active', 'quarantined', 'inactive');--> statement-breakpoint
CREATE TYPE "public"."retry_class" AS ENUM('safe', 'keyed', 'never');--> statement-breakpoint
CREATE TYPE "public"."role_mode" AS ENUM('primary', 'subagent');--> statement-breakpoint
CREATE TYPE "public"."session_status" AS ENUM('idle', 'busy', 'retry', 'archived');--> statement-breakpoint
CREATE TYPE "public"."spoke_status" AS ENUM('connected', 'suspended', 'disconnected');--> statement-breakpoint
CREATE TYPE "public"."spoke_type" AS ENUM('dev-env', 'client', 'compute');--> statement-breakpoint
CREATE TYPE "public"."task_impact" AS ENUM('isolated', 'component', 'phase', 'project');--> statement-breakpoint
CREATE TYPE "public"."task_level" AS ENUM('planning', 'decomposition', 'implementation', 'review', 'research');--> statement-breakpoint
CREATE TYPE "public"."task_priority" AS ENUM('low', 'medium', 'high', 'critical');--> statement-breakpoint
CREATE TYPE "public"."task_risk" AS ENUM('trivial', 'low', 'medium', 'high', 'critical');--> statement-breakpoint
CREATE TYPE "public"."task_scope" AS ENUM('single', 'narrow', 'moderate', 'broad', 'system');--> statement-breakpoint
CREATE TYPE "public"."task_status" AS ENUM('pending', 'in-progress', 'completed', 'failed', 'blocked');--> statement-breakpoint
CREATE TYPE "public"."workflow_run_status" AS ENUM('pending', 'running', 'paused', 'completed', 'failed', 'aborted');--> statement-breakpoint
CREATE TYPE "public"."workspace_status" AS ENUM('active', 'archived');--> statement-breakpoint
CREATE TABLE "accounts" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"email" text NOT NULL,
	"display_name" text,
	"kind" "account_kind" DEFAULT 'human' NOT NULL,
	"access_level" "access_level" DEFAULT 'user' NOT NULL,
	"status" "account_status" DEFAULT 'active' NOT NULL,
	"gitea_username" text,
	"data" jsonb,
	CONSTRAINT "unq_accounts_email" UNIQUE("email"),
	CONSTRAINT "chk_accounts_email" CHECK ("accounts"."email" = lower("accounts"."email") and "accounts"."email" like '%_@_%')
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"owner_id" text NOT NULL,
	"key_hash" text NOT NULL,
	"key_hint" text,
	"name" text,
	"description" text,
	"scopes" text[] DEFAULT '{}' NOT NULL,
	"resources" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"tags" text[] DEFAULT '{}' NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	"usage_count" bigint DEFAULT 0 NOT NULL,
	"rotated_to" text,
	CONSTRAINT "unq_api_keys_key_hash" UNIQUE("key_hash"),
	CONSTRAINT "chk_api_keys_usage_count" CHECK ("api_keys"."usage_count" >= 0)
);
--> statement-breakpoint
CREATE TABLE "audit_logs" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"owner_id" text NOT NULL,
	"key_id" text,
	"session_id" text,
	"org_id" text,
	"action" text NOT NULL,
	"target_type" text,
	"target_id" text,
	"result" "audit_result" DEFAULT 'success' NOT NULL,
	"code" text,
	"request_id" text,
	"ip" text,
	"user_agent" text,
	"data" jsonb
);
--> statement-breakpoint
CREATE TABLE "call_graph_edges" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"source_id" text NOT NULL,
	"target_id" text NOT NULL,
	"edge_type" "call_edge_type" NOT NULL,
	CONSTRAINT "unq_call_graph_edges_source_id_target_id_edge_type" UNIQUE("source_id","target_id","edge_type"),
	CONSTRAINT "chk_call_graph_edges_ends" CHECK ("call_graph_edges"."source_id" <> "call_graph_edges"."target_id")
);
--> statement-breakpoint
CREATE TABLE "call_graph_nodes" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"request_id" text NOT NULL,
	"operation_id" text NOT NULL,
	"operation_name" text NOT NULL,
	"parent_request_id" text,
	"identity" jsonb NOT NULL,
	"caller_account_id" text,
	"session_id" text,
	"actor" jsonb NOT NULL,
	"status" "call_status" NOT NULL,
	"code" text,
	"input" jsonb,
	"output" jsonb,
	"error" jsonb,
	"attempts" integer DEFAULT 1 NOT NULL,
	"spoke_id" text,
	"instance_id" text,
	"route" text,
	"items" integer,
	"started_at" timestamp (3) with time zone NOT NULL,
	"completed_at" timestamp (3) with time zone,
	"route_ms" double precision,
	"queue_ms" double precision,
	"execute_ms" double precision,
	"total_ms" double precision,
	CONSTRAINT "unq_call_graph_nodes_request_id" UNIQUE("request_id"),
	CONSTRAINT "chk_call_graph_nodes_attempts" CHECK ("call_graph_nodes"."attempts" >= 0)
);
--> statement-breakpoint
CREATE TABLE "change_counters" (
	"topic" "change_topic" PRIMARY KEY NOT NULL,
	"value" bigint DEFAULT 0 NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "chk_change_counters_value" CHECK ("change_counters"."value" >= 0)
);
--> statement-breakpoint
CREATE TABLE "changes" (
	"topic" "change_topic" NOT NULL,
	"number" bigint NOT NULL,
	"kind" "change_kind" NOT NULL,
	"subject_ids" text[] NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "changes_pk" PRIMARY KEY("topic","number")
);
--> statement-breakpoint
CREATE TABLE "client_secrets" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"client_id" text NOT NULL,
	"secret_key" text NOT NULL,
	"value" jsonb NOT NULL,
	"key_version" integer NOT NULL,
	"rotated_at" timestamp (3) with time zone,
	CONSTRAINT "unq_client_secrets_client_id_secret_key" UNIQUE("client_id","secret_key"),
	CONSTRAINT "chk_client_secrets_value" CHECK ("client_secrets"."value" ?& array['keyVersion', 'salt', 'iv', 'data'] and ("client_secrets"."value" ->> 'keyVersion')::integer = "client_secrets"."key_version")
);
--> statement-breakpoint
CREATE TABLE "clients" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"name" text NOT NULL,
	"type" text NOT NULL,
	"config" jsonb NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"owner_id" text NOT NULL,
	"org_id" text,
	CONSTRAINT "unq_clients_name" UNIQUE("name"),
	CONSTRAINT "chk_clients_name" CHECK ("clients"."name" ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
	CONSTRAINT "chk_clients_type" CHECK ("clients"."type" ~ '^[a-z][a-z0-9-]{0,62}$'),
	CONSTRAINT "chk_clients_config" CHECK (jsonb_typeof("clients"."config") = 'object')
);
--> statement-breakpoint
CREATE TABLE "detections" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"session_id" text NOT NULL,
	"mapping_id" text,
	"kind" "detection_kind" NOT NULL,
	"severity" "detection_severity" NOT NULL,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"occurrences" integer DEFAULT 1 NOT NULL,
	"last_seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"acknowledged_at" timestamp (3) with time zone,
	"resolved_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "grants" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"account_id" text NOT NULL,
	"key_id" text NOT NULL,
	"scopes" text[] DEFAULT '{}' NOT NULL,
	"resources" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"role_id" text,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	"revoked_reason" text
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"account_id" text NOT NULL,
	"operation_name" text NOT NULL,
	"key" text NOT NULL,
	"input_hash" text NOT NULL,
	"call_id" text NOT NULL,
	"status" "idempotency_status" DEFAULT 'pending' NOT NULL,
	"envelope" jsonb,
	"error" jsonb,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "unq_idempotency_keys_account_id_operation_name_key" UNIQUE("account_id","operation_name","key"),
	CONSTRAINT "chk_idempotency_keys_key" CHECK (length("idempotency_keys"."key") between 1 and 128)
);
--> statement-breakpoint
CREATE TABLE "inference_budgets" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"subject_type" "budget_subject" NOT NULL,
	"subject_id" text NOT NULL,
	"unit" "budget_unit" NOT NULL,
	"period" "budget_period" NOT NULL,
	"limit_amount" bigint NOT NULL,
	"drawn" bigint DEFAULT 0 NOT NULL,
	"period_start" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "unq_inference_budgets_subject_unit_period" UNIQUE("subject_type","subject_id","unit","period"),
	CONSTRAINT "chk_inference_budgets_limit" CHECK ("inference_budgets"."limit_amount" >= 0),
	CONSTRAINT "chk_inference_budgets_drawn" CHECK ("inference_budgets"."drawn" >= 0)
);
--> statement-breakpoint
CREATE TABLE "inference_usage" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"request_id" text NOT NULL,
	"account_id" text,
	"key_id" text,
	"org_id" text,
	"session_id" text,
	"client_id" text,
	"provider" text NOT NULL,
	"model" text NOT NULL,
	"requested_model" text NOT NULL,
	"endpoint" text NOT NULL,
	"status" integer NOT NULL,
	"code" text,
	"streamed" boolean DEFAULT false NOT NULL,
	"attempts" integer DEFAULT 1 NOT NULL,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"cached_input_tokens" bigint DEFAULT 0 NOT NULL,
	"reasoning_tokens" bigint DEFAULT 0 NOT NULL,
	"estimated" boolean DEFAULT false NOT NULL,
	"cost_micros" bigint,
	"started_at" timestamp (3) with time zone NOT NULL,
	"first_token_ms" double precision,
	"total_ms" double precision NOT NULL,
	CONSTRAINT "chk_inference_usage_tokens" CHECK (least("inference_usage"."input_tokens", "inference_usage"."output_tokens", "inference_usage"."cached_input_tokens", "inference_usage"."reasoning_tokens") >= 0)
);
--> statement-breakpoint
CREATE TABLE "mappings" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"session_id" text NOT NULL,
	"spoke_id" text,
	"workspace_id" text,
	"parent_session_id" text,
	"task_id" text,
	"task" text,
	"status" "mapping_status" DEFAULT 'active' NOT NULL,
	"branch" text,
	"reason" text,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"session_id" text NOT NULL,
	"role" "message_role" NOT NULL,
	"data" jsonb NOT NULL,
	CONSTRAINT "unq_messages_id_session_id" UNIQUE("id","session_id")
);
--> statement-breakpoint
CREATE TABLE "operation_registrations" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"operation_id" text NOT NULL,
	"provider_type" "provider_type" NOT NULL,
	"provider_id" text NOT NULL,
	"status" "registration_status" DEFAULT 'active' NOT NULL,
	"reason" text,
	"pre_remap_namespace" text NOT NULL,
	"pre_remap_name" text NOT NULL,
	"registered_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "unq_operation_registrations_provider_operation" UNIQUE("provider_type","provider_id","operation_id")
);
--> statement-breakpoint
CREATE TABLE "operations" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"namespace" text NOT NULL,
	"name" text NOT NULL,
	"version" text NOT NULL,
	"type" "operation_type" NOT NULL,
	"title" text,
	"description" text NOT NULL,
	"tags" text[] DEFAULT '{}' NOT NULL,
	"input_schema" jsonb NOT NULL,
	"output_schema" jsonb NOT NULL,
	"error_schemas" jsonb,
	"access_control" jsonb NOT NULL,
	"retry" "retry_class",
	"resumable" boolean,
	"pool" boolean,
	"record" "record_mode",
	"hints" jsonb,
	"_meta" jsonb,
	"service" text,
	CONSTRAINT "unq_operations_namespace_name" UNIQUE("namespace","name"),
	CONSTRAINT "chk_operations_access_control" CHECK (jsonb_typeof("operations"."access_control") = 'object')
);
--> statement-breakpoint
CREATE TABLE "organization_members" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"org_id" text NOT NULL,
	"account_id" text NOT NULL,
	"membership_level" "membership_level" DEFAULT 'member' NOT NULL,
	CONSTRAINT "unq_organization_members_org_id_account_id" UNIQUE("org_id","account_id")
);
--> statement-breakpoint
CREATE TABLE "organizations" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"name" text NOT NULL,
	"display_name" text,
	"owner_id" text NOT NULL,
	"gitea_org_name" text,
	"data" jsonb,
	CONSTRAINT "unq_organizations_name" UNIQUE("name"),
	CONSTRAINT "chk_organizations_name" CHECK ("organizations"."name" ~ '^[a-z0-9][a-z0-9-]{0,62}$')
);
--> statement-breakpoint
CREATE TABLE "parts" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"message_id" text NOT NULL,
	"session_id" text NOT NULL,
	"type" "part_type" NOT NULL,
	"data" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"owner_id" text NOT NULL,
	"org_id" text,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"directory" text,
	"repo_url" text,
	"vcs" text DEFAULT 'git' NOT NULL,
	"icon_url" text,
	"icon_color" text,
	CONSTRAINT "chk_projects_slug" CHECK ("projects"."slug" ~ '^[a-z0-9][a-z0-9-]{0,62}$')
);
--> statement-breakpoint
CREATE TABLE "queued_call_results" (
	"call_id" text PRIMARY KEY NOT NULL,
	"envelope" jsonb,
	"error" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "chk_queued_call_results_one" CHECK (("queued_call_results"."envelope" is null) <> ("queued_call_results"."error" is null))
);
--> statement-breakpoint
CREATE TABLE "queued_calls" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"kind" "queued_call_kind" DEFAULT 'call' NOT NULL,
	"operation_name" text NOT NULL,
	"input" jsonb,
	"status" "queued_call_status" DEFAULT 'accepted' NOT NULL,
	"account_id" text,
	"grant_id" text,
	"session_id" text,
	"parent_request_id" text,
	"retry" "retry_class" NOT NULL,
	"idempotency_key" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"fencing_token" bigint DEFAULT 0 NOT NULL,
	"worker_instance_id" text,
	"lease_until" timestamp (3) with time zone,
	"not_before" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"timeout_ms" integer NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"priority" integer DEFAULT 0 NOT NULL,
	"traceparent" text,
	"job_added_at" timestamp (3) with time zone,
	"abort_requested_at" timestamp (3) with time zone,
	"abort_reason" text,
	"started_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "chk_queued_calls_attempts" CHECK ("queued_calls"."attempts" >= 0 and "queued_calls"."fencing_token" >= 0),
	CONSTRAINT "chk_queued_calls_timeout" CHECK ("queued_calls"."timeout_ms" > 0),
	CONSTRAINT "chk_queued_calls_lease" CHECK (("queued_calls"."status" = 'running') = ("queued_calls"."lease_until" is not null and "queued_calls"."worker_instance_id" is not null)),
	CONSTRAINT "chk_queued_calls_ended" CHECK (("queued_calls"."status" in ('completed', 'failed', 'aborted')) = ("queued_calls"."ended_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "roles" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"mode" "role_mode" NOT NULL,
	"temperature" real,
	"permissions" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"tools" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"prompt" text,
	"parent_id" text,
	"scopes" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"data" jsonb,
	CONSTRAINT "unq_roles_name" UNIQUE("name"),
	CONSTRAINT "chk_roles_parent" CHECK ("roles"."parent_id" <> "roles"."id"),
	CONSTRAINT "chk_roles_temperature" CHECK ("roles"."temperature" between 0 and 2),
	CONSTRAINT "chk_roles_permissions" CHECK (jsonb_typeof("roles"."permissions") = 'array'),
	CONSTRAINT "chk_roles_scopes" CHECK (jsonb_typeof("roles"."scopes") = 'array')
);
--> statement-breakpoint
CREATE TABLE "schema_levels" (
	"level" integer PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"oldest_code_level" integer NOT NULL,
	"applied_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "unq_schema_levels_name" UNIQUE("name"),
	CONSTRAINT "chk_schema_levels_level" CHECK ("schema_levels"."level" > 0),
	CONSTRAINT "chk_schema_levels_oldest" CHECK ("schema_levels"."oldest_code_level" > 0 and "schema_levels"."oldest_code_level" <= "schema_levels"."level")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"account_id" text,
	"project_id" text NOT NULL,
	"workspace_id" text,
	"parent_id" text,
	"grant_id" text,
	"slug" text NOT NULL,
	"title" text NOT NULL,
	"status" "session_status" DEFAULT 'idle' NOT NULL,
	"version" text DEFAULT '1' NOT NULL,
	"role_name" text,
	"stop_reason" text,
	"last_activity_at" timestamp (3) with time zone,
	"archived_at" timestamp (3) with time zone,
	"data" jsonb,
	CONSTRAINT "unq_sessions_slug" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "spokes" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"name" text NOT NULL,
	"spoke_type" "spoke_type" NOT NULL,
	"status" "spoke_status" DEFAULT 'connected' NOT NULL,
	"owner_id" text NOT NULL,
	"project_id" text,
	"epoch" bigint DEFAULT 0 NOT NULL,
	"instance_id" text,
	"session_token_hash" text,
	"version" text,
	"capacity" integer,
	"host_info" jsonb,
	"last_heartbeat" timestamp (3) with time zone,
	"connected_at" timestamp (3) with time zone,
	"suspended_at" timestamp (3) with time zone,
	"disconnected_at" timestamp (3) with time zone,
	CONSTRAINT "unq_spokes_name" UNIQUE("name"),
	CONSTRAINT "chk_spokes_name" CHECK ("spokes"."name" ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
	CONSTRAINT "chk_spokes_epoch" CHECK ("spokes"."epoch" >= 0),
	CONSTRAINT "chk_spokes_capacity" CHECK ("spokes"."capacity" > 0),
	CONSTRAINT "chk_spokes_status" CHECK (("spokes"."status" = 'connected' and "spokes"."instance_id" is not null and "spokes"."disconnected_at" is null)
        or ("spokes"."status" = 'suspended' and "spokes"."suspended_at" is not null and "spokes"."disconnected_at" is null)
        or ("spokes"."status" = 'disconnected' and "spokes"."instance_id" is null and "spokes"."disconnected_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "task_dependencies" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"project_id" text NOT NULL,
	"dependent_task_id" text NOT NULL,
	"depends_on_task_id" text NOT NULL,
	"quality_retention" real,
	CONSTRAINT "unq_task_dependencies_dependent_depends_on" UNIQUE("dependent_task_id","depends_on_task_id"),
	CONSTRAINT "chk_task_dependencies_ends" CHECK ("task_dependencies"."dependent_task_id" <> "task_dependencies"."depends_on_task_id"),
	CONSTRAINT "chk_task_dependencies_quality" CHECK ("task_dependencies"."quality_retention" between 0 and 1)
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"project_id" text NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"path" text,
	"scope" "task_scope",
	"risk" "task_risk",
	"impact" "task_impact",
	"level" "task_level",
	"priority" "task_priority",
	"tags" text[] DEFAULT '{}' NOT NULL,
	"assignee" text,
	"due" text,
	"body" text,
	"depends_on" text[] DEFAULT '{}' NOT NULL,
	"file_created_at" timestamp (3) with time zone,
	"file_modified_at" timestamp (3) with time zone,
	"status" "task_status" DEFAULT 'pending' NOT NULL,
	"started_at" timestamp (3) with time zone,
	"completed_at" timestamp (3) with time zone,
	CONSTRAINT "unq_tasks_project_id_slug" UNIQUE("project_id","slug"),
	CONSTRAINT "unq_tasks_id_project_id" UNIQUE("id","project_id"),
	CONSTRAINT "chk_tasks_slug" CHECK ("tasks"."slug" <> '')
);
--> statement-breakpoint
CREATE TABLE "workflow_run_events" (
	"run_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"type" text NOT NULL,
	"node_key" text,
	"data" jsonb DEFAULT '{}'::jsonb NOT NULL,
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
	"account_id" text,
	"grant_id" text,
	"project_id" text,
	"status" "workflow_run_status" DEFAULT 'pending' NOT NULL,
	"input" jsonb,
	"output" jsonb,
	"error" jsonb,
	"snapshot" jsonb,
	"snapshot_seq" bigint DEFAULT 0 NOT NULL,
	"fencing_token" bigint DEFAULT 0 NOT NULL,
	"worker_instance_id" text,
	"lease_until" timestamp (3) with time zone,
	"abort_reason" text,
	"started_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "chk_workflow_runs_token" CHECK ("workflow_runs"."fencing_token" >= 0 and "workflow_runs"."snapshot_seq" >= 0),
	CONSTRAINT "chk_workflow_runs_ended" CHECK (("workflow_runs"."status" in ('completed', 'failed', 'aborted')) = ("workflow_runs"."ended_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "workflow_templates" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"owner_id" text NOT NULL,
	"project_id" text,
	"name" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"description" text,
	"template" jsonb NOT NULL,
	"input_schema" jsonb,
	"enabled" boolean DEFAULT true NOT NULL,
	CONSTRAINT "chk_workflow_templates_version" CHECK ("workflow_templates"."version" > 0)
);
--> statement-breakpoint
CREATE TABLE "workspaces" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"project_id" text NOT NULL,
	"spoke_id" text,
	"name" text NOT NULL,
	"status" "workspace_status" DEFAULT 'active' NOT NULL,
	"branch" text,
	"directory" text,
	"data" jsonb,
	"archived_at" timestamp (3) with time zone,
	CONSTRAINT "unq_workspaces_project_id_name" UNIQUE("project_id","name")
);
--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_owner_id_accounts_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_rotated_to_api_keys_id_fk" FOREIGN KEY ("rotated_to") REFERENCES "public"."api_keys"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_logs" ADD CONSTRAINT "audit_logs_owner_id_accounts_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_logs" ADD CONSTRAINT "audit_logs_key_id_api_keys_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."api_keys"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_logs" ADD CONSTRAINT "audit_logs_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_logs" ADD CONSTRAINT "audit_logs_org_id_organizations_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organizations"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_graph_edges" ADD CONSTRAINT "call_graph_edges_source_id_call_graph_nodes_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."call_graph_nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_graph_edges" ADD CONSTRAINT "call_graph_edges_target_id_call_graph_nodes_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."call_graph_nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_graph_nodes" ADD CONSTRAINT "call_graph_nodes_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_graph_nodes" ADD CONSTRAINT "call_graph_nodes_caller_account_id_accounts_id_fk" FOREIGN KEY ("caller_account_id") REFERENCES "public"."accounts"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_graph_nodes" ADD CONSTRAINT "call_graph_nodes_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_graph_nodes" ADD CONSTRAINT "call_graph_nodes_spoke_id_spokes_id_fk" FOREIGN KEY ("spoke_id") REFERENCES "public"."spokes"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "client_secrets" ADD CONSTRAINT "client_secrets_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clients" ADD CONSTRAINT "clients_owner_id_accounts_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clients" ADD CONSTRAINT "clients_org_id_organizations_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organizations"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "detections" ADD CONSTRAINT "detections_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "detections" ADD CONSTRAINT "detections_mapping_id_mappings_id_fk" FOREIGN KEY ("mapping_id") REFERENCES "public"."mappings"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_key_id_api_keys_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."api_keys"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_role_id_roles_id_fk" FOREIGN KEY ("role_id") REFERENCES "public"."roles"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inference_usage" ADD CONSTRAINT "inference_usage_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inference_usage" ADD CONSTRAINT "inference_usage_key_id_api_keys_id_fk" FOREIGN KEY ("key_id") REFERENCES "public"."api_keys"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inference_usage" ADD CONSTRAINT "inference_usage_org_id_organizations_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organizations"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inference_usage" ADD CONSTRAINT "inference_usage_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inference_usage" ADD CONSTRAINT "inference_usage_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mappings" ADD CONSTRAINT "mappings_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mappings" ADD CONSTRAINT "mappings_spoke_id_spokes_id_fk" FOREIGN KEY ("spoke_id") REFERENCES "public"."spokes"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mappings" ADD CONSTRAINT "mappings_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mappings" ADD CONSTRAINT "mappings_parent_session_id_sessions_id_fk" FOREIGN KEY ("parent_session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mappings" ADD CONSTRAINT "mappings_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "operation_registrations" ADD CONSTRAINT "operation_registrations_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "public"."operations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "organization_members" ADD CONSTRAINT "organization_members_org_id_organizations_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "organization_members" ADD CONSTRAINT "organization_members_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "organizations" ADD CONSTRAINT "organizations_owner_id_accounts_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "parts" ADD CONSTRAINT "parts_message_id_session_id_messages_fk" FOREIGN KEY ("message_id","session_id") REFERENCES "public"."messages"("id","session_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "projects" ADD CONSTRAINT "projects_owner_id_accounts_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "projects" ADD CONSTRAINT "projects_org_id_organizations_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organizations"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "queued_call_results" ADD CONSTRAINT "queued_call_results_call_id_queued_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."queued_calls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "queued_calls" ADD CONSTRAINT "queued_calls_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "queued_calls" ADD CONSTRAINT "queued_calls_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "queued_calls" ADD CONSTRAINT "queued_calls_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "roles" ADD CONSTRAINT "roles_parent_id_roles_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."roles"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_parent_id_sessions_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "spokes" ADD CONSTRAINT "spokes_owner_id_accounts_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "spokes" ADD CONSTRAINT "spokes_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_dependencies" ADD CONSTRAINT "task_dependencies_dependent_tasks_fk" FOREIGN KEY ("dependent_task_id","project_id") REFERENCES "public"."tasks"("id","project_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_dependencies" ADD CONSTRAINT "task_dependencies_depends_on_tasks_fk" FOREIGN KEY ("depends_on_task_id","project_id") REFERENCES "public"."tasks"("id","project_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_run_events" ADD CONSTRAINT "workflow_run_events_run_id_workflow_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."workflow_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_runs" ADD CONSTRAINT "workflow_runs_template_id_workflow_templates_id_fk" FOREIGN KEY ("template_id") REFERENCES "public"."workflow_templates"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_runs" ADD CONSTRAINT "workflow_runs_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_runs" ADD CONSTRAINT "workflow_runs_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_runs" ADD CONSTRAINT "workflow_runs_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_templates" ADD CONSTRAINT "workflow_templates_owner_id_accounts_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workflow_templates" ADD CONSTRAINT "workflow_templates_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_spoke_id_spokes_id_fk" FOREIGN KEY ("spoke_id") REFERENCES "public"."spokes"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_accounts_display_name" ON "accounts" USING btree ("display_name");--> statement-breakpoint
CREATE INDEX "idx_api_keys_owner_id_created_at_id" ON "api_keys" USING btree ("owner_id","created_at","id");--> statement-breakpoint
CREATE INDEX "idx_api_keys_active" ON "api_keys" USING btree ("owner_id") WHERE "api_keys"."revoked_at" is null and "api_keys"."enabled" = true;--> statement-breakpoint
CREATE INDEX "idx_api_keys_rotated_to" ON "api_keys" USING btree ("rotated_to") WHERE "api_keys"."rotated_to" is not null;--> statement-breakpoint
CREATE INDEX "idx_api_keys_tags" ON "api_keys" USING gin ("tags");--> statement-breakpoint
CREATE INDEX "idx_audit_logs_owner_id_created_at_id" ON "audit_logs" USING btree ("owner_id","created_at","id");--> statement-breakpoint
CREATE INDEX "idx_audit_logs_org_id_created_at_id" ON "audit_logs" USING btree ("org_id","created_at","id") WHERE "audit_logs"."org_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_audit_logs_key_id" ON "audit_logs" USING btree ("key_id") WHERE "audit_logs"."key_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_audit_logs_session_id" ON "audit_logs" USING btree ("session_id") WHERE "audit_logs"."session_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_audit_logs_target" ON "audit_logs" USING btree ("target_type","target_id");--> statement-breakpoint
CREATE INDEX "idx_audit_logs_created_at_id" ON "audit_logs" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "idx_call_graph_edges_target_id" ON "call_graph_edges" USING btree ("target_id");--> statement-breakpoint
CREATE INDEX "idx_call_graph_nodes_parent_request_id" ON "call_graph_nodes" USING btree ("parent_request_id") WHERE "call_graph_nodes"."parent_request_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_call_graph_nodes_operation_id" ON "call_graph_nodes" USING btree ("operation_id");--> statement-breakpoint
CREATE INDEX "idx_call_graph_nodes_started_at_id" ON "call_graph_nodes" USING btree ("started_at","id");--> statement-breakpoint
CREATE INDEX "idx_call_graph_nodes_caller_started_at_id" ON "call_graph_nodes" USING btree ("caller_account_id","started_at","id");--> statement-breakpoint
CREATE INDEX "idx_call_graph_nodes_session_id" ON "call_graph_nodes" USING btree ("session_id","started_at") WHERE "call_graph_nodes"."session_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_call_graph_nodes_spoke_id" ON "call_graph_nodes" USING btree ("spoke_id","started_at") WHERE "call_graph_nodes"."spoke_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_changes_created_at" ON "changes" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "idx_client_secrets_key_version" ON "client_secrets" USING btree ("key_version","id");--> statement-breakpoint
CREATE INDEX "idx_clients_type" ON "clients" USING btree ("type");--> statement-breakpoint
CREATE INDEX "idx_clients_owner_id" ON "clients" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "idx_clients_org_id" ON "clients" USING btree ("org_id");--> statement-breakpoint
CREATE UNIQUE INDEX "unq_detections_open" ON "detections" USING btree ("session_id","kind") WHERE "detections"."resolved_at" is null;--> statement-breakpoint
CREATE INDEX "idx_detections_session_id_created_at_id" ON "detections" USING btree ("session_id","created_at","id");--> statement-breakpoint
CREATE INDEX "idx_detections_mapping_id" ON "detections" USING btree ("mapping_id");--> statement-breakpoint
CREATE INDEX "idx_grants_account_id" ON "grants" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "idx_grants_key_id" ON "grants" USING btree ("key_id");--> statement-breakpoint
CREATE INDEX "idx_grants_role_id" ON "grants" USING btree ("role_id") WHERE "grants"."role_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_idempotency_keys_expires_at" ON "idempotency_keys" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "idx_idempotency_keys_call_id" ON "idempotency_keys" USING btree ("call_id");--> statement-breakpoint
CREATE INDEX "idx_inference_usage_account_id_started_at_id" ON "inference_usage" USING btree ("account_id","started_at","id");--> statement-breakpoint
CREATE INDEX "idx_inference_usage_key_id_started_at" ON "inference_usage" USING btree ("key_id","started_at");--> statement-breakpoint
CREATE INDEX "idx_inference_usage_org_id_started_at" ON "inference_usage" USING btree ("org_id","started_at") WHERE "inference_usage"."org_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_inference_usage_session_id" ON "inference_usage" USING btree ("session_id") WHERE "inference_usage"."session_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_inference_usage_client_id" ON "inference_usage" USING btree ("client_id");--> statement-breakpoint
CREATE INDEX "idx_inference_usage_started_at_id" ON "inference_usage" USING btree ("started_at","id");--> statement-breakpoint
CREATE INDEX "idx_inference_usage_request_id" ON "inference_usage" USING btree ("request_id");--> statement-breakpoint
CREATE UNIQUE INDEX "unq_mappings_session_id_active" ON "mappings" USING btree ("session_id") WHERE "mappings"."status" = 'active';--> statement-breakpoint
CREATE INDEX "idx_mappings_session_id" ON "mappings" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "idx_mappings_parent_session_id" ON "mappings" USING btree ("parent_session_id");--> statement-breakpoint
CREATE INDEX "idx_mappings_spoke_id" ON "mappings" USING btree ("spoke_id");--> statement-breakpoint
CREATE INDEX "idx_mappings_workspace_id" ON "mappings" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "idx_mappings_task_id" ON "mappings" USING btree ("task_id");--> statement-breakpoint
CREATE INDEX "idx_messages_session_id_created_at_id" ON "messages" USING btree ("session_id","created_at","id");--> statement-breakpoint
CREATE INDEX "idx_operation_registrations_operation_id" ON "operation_registrations" USING btree ("operation_id");--> statement-breakpoint
CREATE INDEX "idx_operation_registrations_active" ON "operation_registrations" USING btree ("pre_remap_namespace","pre_remap_name") WHERE "operation_registrations"."status" = 'active';--> statement-breakpoint
CREATE INDEX "idx_organization_members_account_id" ON "organization_members" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "idx_organizations_owner_id" ON "organizations" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "idx_parts_message_id_id" ON "parts" USING btree ("message_id","id");--> statement-breakpoint
CREATE INDEX "idx_parts_session_id_id" ON "parts" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "idx_parts_session_id_type" ON "parts" USING btree ("session_id","type");--> statement-breakpoint
CREATE UNIQUE INDEX "unq_projects_org_id_slug" ON "projects" USING btree ("org_id","slug") WHERE "projects"."org_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "unq_projects_owner_id_slug" ON "projects" USING btree ("owner_id","slug") WHERE "projects"."org_id" is null;--> statement-breakpoint
CREATE INDEX "idx_projects_owner_id" ON "projects" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "idx_projects_org_id" ON "projects" USING btree ("org_id");--> statement-breakpoint
CREATE INDEX "idx_queued_calls_waiting" ON "queued_calls" USING btree ("kind","not_before") WHERE "queued_calls"."status" = 'accepted';--> statement-breakpoint
CREATE INDEX "idx_queued_calls_leased" ON "queued_calls" USING btree ("lease_until") WHERE "queued_calls"."status" = 'running';--> statement-breakpoint
CREATE INDEX "idx_queued_calls_account_id_created_at_id" ON "queued_calls" USING btree ("account_id","created_at","id");--> statement-breakpoint
CREATE INDEX "idx_queued_calls_grant_id" ON "queued_calls" USING btree ("grant_id") WHERE "queued_calls"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "idx_queued_calls_session_id" ON "queued_calls" USING btree ("session_id") WHERE "queued_calls"."session_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_queued_calls_ended_at" ON "queued_calls" USING btree ("ended_at") WHERE "queued_calls"."ended_at" is not null;--> statement-breakpoint
CREATE INDEX "idx_roles_parent_id" ON "roles" USING btree ("parent_id");--> statement-breakpoint
CREATE INDEX "idx_roles_mode" ON "roles" USING btree ("mode");--> statement-breakpoint
CREATE INDEX "idx_sessions_account_id" ON "sessions" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "idx_sessions_workspace_id" ON "sessions" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "idx_sessions_parent_id" ON "sessions" USING btree ("parent_id");--> statement-breakpoint
CREATE INDEX "idx_sessions_grant_id" ON "sessions" USING btree ("grant_id");--> statement-breakpoint
CREATE INDEX "idx_sessions_project_id_created_at_id" ON "sessions" USING btree ("project_id","created_at","id");--> statement-breakpoint
CREATE INDEX "idx_sessions_live" ON "sessions" USING btree ("project_id","last_activity_at") WHERE "sessions"."status" <> 'archived';--> statement-breakpoint
CREATE INDEX "idx_sessions_busy" ON "sessions" USING btree ("last_activity_at") WHERE "sessions"."status" in ('busy', 'retry');--> statement-breakpoint
CREATE INDEX "idx_spokes_owner_id" ON "spokes" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "idx_spokes_project_id" ON "spokes" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "idx_spokes_status" ON "spokes" USING btree ("status");--> statement-breakpoint
CREATE INDEX "idx_spokes_instance_id" ON "spokes" USING btree ("instance_id") WHERE "spokes"."instance_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_spokes_active" ON "spokes" USING btree ("id") WHERE "spokes"."status" = 'connected';--> statement-breakpoint
CREATE INDEX "idx_spokes_suspended" ON "spokes" USING btree ("suspended_at") WHERE "spokes"."status" = 'suspended';--> statement-breakpoint
CREATE INDEX "idx_task_dependencies_depends_on_task_id" ON "task_dependencies" USING btree ("depends_on_task_id");--> statement-breakpoint
CREATE INDEX "idx_task_dependencies_project_id" ON "task_dependencies" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "idx_tasks_active" ON "tasks" USING btree ("project_id","status") WHERE "tasks"."status" in ('pending', 'in-progress', 'blocked');--> statement-breakpoint
CREATE INDEX "idx_tasks_assignee" ON "tasks" USING btree ("assignee") WHERE "tasks"."assignee" is not null;--> statement-breakpoint
CREATE INDEX "idx_tasks_tags" ON "tasks" USING gin ("tags");--> statement-breakpoint
CREATE INDEX "idx_workflow_runs_template_id" ON "workflow_runs" USING btree ("template_id");--> statement-breakpoint
CREATE INDEX "idx_workflow_runs_account_id_created_at_id" ON "workflow_runs" USING btree ("account_id","created_at","id");--> statement-breakpoint
CREATE INDEX "idx_workflow_runs_project_id" ON "workflow_runs" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "idx_workflow_runs_grant_id" ON "workflow_runs" USING btree ("grant_id") WHERE "workflow_runs"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "idx_workflow_runs_live" ON "workflow_runs" USING btree ("lease_until") WHERE "workflow_runs"."status" in ('pending', 'running', 'paused');--> statement-breakpoint
CREATE UNIQUE INDEX "unq_workflow_templates_project_id_name_version" ON "workflow_templates" USING btree ("project_id","name","version") WHERE "workflow_templates"."project_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "unq_workflow_templates_name_version" ON "workflow_templates" USING btree ("name","version") WHERE "workflow_templates"."project_id" is null;--> statement-breakpoint
CREATE INDEX "idx_workflow_templates_owner_id" ON "workflow_templates" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "idx_workspaces_spoke_id" ON "workspaces" USING btree ("spoke_id");--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (1, '0000_tables', 1);
