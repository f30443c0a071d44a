CREATE TYPE "public"."catch_up_policy" AS ENUM('none', 'last', 'all');--> statement-breakpoint
CREATE TYPE "public"."firing_status" AS ENUM('queued', 'waiting', 'skipped', 'failed');--> statement-breakpoint
CREATE TYPE "public"."overlap_policy" AS ENUM('skip', 'queue', 'cancel-previous', 'allow');--> statement-breakpoint
CREATE TYPE "public"."schedule_status" AS ENUM('active', 'paused', 'ended');--> statement-breakpoint
CREATE TABLE "schedule_firings" (
	"id" text PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"schedule_id" text NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"status" "firing_status" NOT NULL,
	"reason" text,
	"call_id" text,
	"manual" boolean DEFAULT false NOT NULL,
	"missed_from" timestamp (3) with time zone,
	CONSTRAINT "unq_schedule_firings_schedule_id_due_at" UNIQUE("schedule_id","due_at"),
	CONSTRAINT "chk_schedule_firings_call" CHECK (("schedule_firings"."status" = 'queued') = ("schedule_firings"."call_id" is not null) and ("schedule_firings"."status" in ('skipped', 'failed')) = ("schedule_firings"."reason" is not null))
);
--> statement-breakpoint
CREATE TABLE "schedules" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"account_id" text NOT NULL,
	"grant_id" text,
	"name" text NOT NULL,
	"operation_name" text NOT NULL,
	"input" text DEFAULT '{}' NOT NULL,
	"retry" "retry_class" NOT NULL,
	"options" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"cron" text,
	"time_zone" text DEFAULT 'UTC' NOT NULL,
	"at" timestamp (3) with time zone,
	"overlap" "overlap_policy" DEFAULT 'skip' NOT NULL,
	"catch_up" "catch_up_policy" DEFAULT 'last' NOT NULL,
	"status" "schedule_status" DEFAULT 'active' NOT NULL,
	"paused_reason" text,
	"next_due_at" timestamp (3) with time zone,
	"depth" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "unq_schedules_account_id_name" UNIQUE("account_id","name"),
	CONSTRAINT "chk_schedules_when" CHECK (("schedules"."cron" is null) <> ("schedules"."at" is null)),
	CONSTRAINT "chk_schedules_due" CHECK (("schedules"."status" = 'active') = ("schedules"."next_due_at" is not null)),
	CONSTRAINT "chk_schedules_paused" CHECK (("schedules"."status" = 'paused') = ("schedules"."paused_reason" is not null)),
	CONSTRAINT "chk_schedules_depth" CHECK ("schedules"."depth" >= 0)
);
--> statement-breakpoint
ALTER TABLE "schedule_firings" ADD CONSTRAINT "schedule_firings_schedule_id_schedules_id_fk" FOREIGN KEY ("schedule_id") REFERENCES "public"."schedules"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_grant_id_grants_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grants"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_schedule_firings_schedule_id_id" ON "schedule_firings" USING btree ("schedule_id","id");--> statement-breakpoint
CREATE INDEX "idx_schedule_firings_waiting" ON "schedule_firings" USING btree ("schedule_id","due_at") WHERE "schedule_firings"."status" = 'waiting';--> statement-breakpoint
CREATE INDEX "idx_schedule_firings_call_id" ON "schedule_firings" USING btree ("call_id") WHERE "schedule_firings"."call_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_schedule_firings_created_at" ON "schedule_firings" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "idx_schedules_next_due_at" ON "schedules" USING btree ("next_due_at") WHERE "schedules"."status" = 'active';--> statement-breakpoint
CREATE INDEX "idx_schedules_account_id_id" ON "schedules" USING btree ("account_id","id");--> statement-breakpoint
CREATE INDEX "idx_schedules_grant_id" ON "schedules" USING btree ("grant_id");--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (15, '0014_schedules', 10);
