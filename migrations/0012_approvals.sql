CREATE TYPE "public"."approval_decision" AS ENUM('allow', 'deny');--> statement-breakpoint
CREATE TYPE "public"."approval_kind" AS ENUM('tool', 'question', 'budget', 'step');--> statement-breakpoint
CREATE TYPE "public"."approval_scope" AS ENUM('once', 'session');--> statement-breakpoint
CREATE TYPE "public"."approval_status" AS ENUM('open', 'answered', 'expired', 'withdrawn');--> statement-breakpoint
CREATE TABLE "approvals" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"kind" "approval_kind" NOT NULL,
	"subject_type" text NOT NULL,
	"subject_id" text NOT NULL,
	"account_id" text,
	"org_id" text,
	"session_id" text,
	"question" text NOT NULL,
	"details" text,
	"operation_name" text,
	"schema_hash" text,
	"input_hash" text,
	"asked_of" text[] DEFAULT '{}' NOT NULL,
	"deadline" timestamp (3) with time zone NOT NULL,
	"default_decision" "approval_decision" DEFAULT 'deny' NOT NULL,
	"status" "approval_status" DEFAULT 'open' NOT NULL,
	"decision" "approval_decision",
	"answer" text,
	"scope" "approval_scope",
	"resource_pattern" text,
	"answered_by" text,
	"answered_by_session" text,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "chk_approvals_ended" CHECK (("approvals"."status" = 'open') = ("approvals"."ended_at" is null) and ("approvals"."status" in ('answered', 'expired')) = ("approvals"."decision" is not null)),
	CONSTRAINT "chk_approvals_question" CHECK (length("approvals"."question") between 1 and 4096),
	CONSTRAINT "chk_approvals_operation" CHECK (("approvals"."operation_name" is null) = ("approvals"."input_hash" is null))
);
--> statement-breakpoint
DROP INDEX "unq_detections_open";--> statement-breakpoint
ALTER TABLE "detections" ALTER COLUMN "session_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "detections" ALTER COLUMN "kind" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "detections" ADD COLUMN "subject_type" text NOT NULL;--> statement-breakpoint
ALTER TABLE "detections" ADD COLUMN "subject_id" text NOT NULL;--> statement-breakpoint
ALTER TABLE "detections" ADD COLUMN "account_id" text;--> statement-breakpoint
ALTER TABLE "detections" ADD COLUMN "org_id" text;--> statement-breakpoint
ALTER TABLE "detections" ADD COLUMN "summary" text NOT NULL;--> statement-breakpoint
ALTER TABLE "detections" ADD COLUMN "evidence" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_org_id_organizations_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organizations"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_answered_by_accounts_id_fk" FOREIGN KEY ("answered_by") REFERENCES "public"."accounts"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_answered_by_session_sessions_id_fk" FOREIGN KEY ("answered_by_session") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_approvals_deadline" ON "approvals" USING btree ("deadline") WHERE "approvals"."status" = 'open';--> statement-breakpoint
CREATE INDEX "idx_approvals_account_id_id" ON "approvals" USING btree ("account_id","id");--> statement-breakpoint
CREATE INDEX "idx_approvals_account_id_open" ON "approvals" USING btree ("account_id","created_at","id") WHERE "approvals"."status" = 'open';--> statement-breakpoint
CREATE INDEX "idx_approvals_org_id_id" ON "approvals" USING btree ("org_id","id") WHERE "approvals"."org_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_approvals_session_id" ON "approvals" USING btree ("session_id") WHERE "approvals"."session_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_approvals_asked_of" ON "approvals" USING gin ("asked_of") WHERE "approvals"."status" = 'open';--> statement-breakpoint
CREATE INDEX "idx_approvals_subject" ON "approvals" USING btree ("subject_type","subject_id");--> statement-breakpoint
CREATE INDEX "idx_approvals_answered_by" ON "approvals" USING btree ("answered_by") WHERE "approvals"."answered_by" is not null;--> statement-breakpoint
CREATE INDEX "idx_approvals_answered_by_session" ON "approvals" USING btree ("answered_by_session") WHERE "approvals"."answered_by_session" is not null;--> statement-breakpoint
CREATE INDEX "idx_approvals_ended_at" ON "approvals" USING btree ("ended_at") WHERE "approvals"."ended_at" is not null;--> statement-breakpoint
ALTER TABLE "detections" ADD CONSTRAINT "detections_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "detections" ADD CONSTRAINT "detections_org_id_organizations_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organizations"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_detections_account_id_open" ON "detections" USING btree ("account_id","created_at","id") WHERE "detections"."resolved_at" is null;--> statement-breakpoint
CREATE INDEX "idx_detections_account_id" ON "detections" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "idx_detections_org_id" ON "detections" USING btree ("org_id") WHERE "detections"."org_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_detections_resolved_at" ON "detections" USING btree ("resolved_at") WHERE "detections"."resolved_at" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "unq_detections_open" ON "detections" USING btree ("subject_type","subject_id","kind") WHERE "detections"."resolved_at" is null;--> statement-breakpoint
ALTER TABLE "detections" DROP COLUMN "details";--> statement-breakpoint
DROP TYPE "public"."detection_kind";--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (13, '0012_approvals', 10);
