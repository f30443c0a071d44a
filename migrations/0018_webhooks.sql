CREATE TYPE "public"."delivery_status" AS ENUM('pending', 'sending', 'delivered', 'dead');--> statement-breakpoint
CREATE TYPE "public"."webhook_event" AS ENUM('call.completed', 'call.failed', 'call.aborted', 'webhook.test');--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"webhook_id" text NOT NULL,
	"event" "webhook_event" NOT NULL,
	"call_id" text,
	"operation_name" text,
	"depth" integer DEFAULT 0 NOT NULL,
	"occurred_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"status" "delivery_status" DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"fencing_token" bigint DEFAULT 0 NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"http_status" integer,
	"last_error" text,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "chk_webhook_deliveries_call" CHECK (("webhook_deliveries"."event" = 'webhook.test') = ("webhook_deliveries"."call_id" is null) and ("webhook_deliveries"."call_id" is null) = ("webhook_deliveries"."operation_name" is null)),
	CONSTRAINT "chk_webhook_deliveries_lease" CHECK (("webhook_deliveries"."status" = 'sending') = ("webhook_deliveries"."lease_until" is not null)),
	CONSTRAINT "chk_webhook_deliveries_ended" CHECK (("webhook_deliveries"."status" in ('delivered', 'dead')) = ("webhook_deliveries"."ended_at" is not null)),
	CONSTRAINT "chk_webhook_deliveries_attempts" CHECK ("webhook_deliveries"."attempts" >= 0 and "webhook_deliveries"."fencing_token" >= 0 and "webhook_deliveries"."depth" >= 0)
);
--> statement-breakpoint
CREATE TABLE "webhook_secrets" (
	"id" text PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"webhook_id" text NOT NULL,
	"value" jsonb NOT NULL,
	"key_version" integer NOT NULL,
	"ends_at" timestamp (3) with time zone,
	CONSTRAINT "chk_webhook_secrets_value" CHECK ("webhook_secrets"."value" ?& array['keyVersion', 'salt', 'iv', 'data'] and ("webhook_secrets"."value" ->> 'keyVersion')::integer = "webhook_secrets"."key_version")
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"account_id" text NOT NULL,
	"org_id" text,
	"name" text NOT NULL,
	"url" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "queued_calls" ADD COLUMN "webhook_id" text;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_secrets" ADD CONSTRAINT "webhook_secrets_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_org_id_organizations_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_webhook_deliveries_due" ON "webhook_deliveries" USING btree ("webhook_id","next_attempt_at","id") WHERE "webhook_deliveries"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "idx_webhook_deliveries_leased" ON "webhook_deliveries" USING btree ("lease_until") WHERE "webhook_deliveries"."status" = 'sending';--> statement-breakpoint
CREATE INDEX "idx_webhook_deliveries_open" ON "webhook_deliveries" USING btree ("webhook_id","call_id","id") WHERE "webhook_deliveries"."status" in ('pending', 'sending');--> statement-breakpoint
CREATE INDEX "idx_webhook_deliveries_dead" ON "webhook_deliveries" USING btree ("webhook_id","id") WHERE "webhook_deliveries"."status" = 'dead';--> statement-breakpoint
CREATE INDEX "idx_webhook_deliveries_webhook_id_id" ON "webhook_deliveries" USING btree ("webhook_id","id");--> statement-breakpoint
CREATE INDEX "idx_webhook_deliveries_ended_at" ON "webhook_deliveries" USING btree ("ended_at") WHERE "webhook_deliveries"."ended_at" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "idx_webhook_secrets_current" ON "webhook_secrets" USING btree ("webhook_id") WHERE "webhook_secrets"."ends_at" is null;--> statement-breakpoint
CREATE INDEX "idx_webhook_secrets_webhook_id" ON "webhook_secrets" USING btree ("webhook_id");--> statement-breakpoint
CREATE INDEX "idx_webhook_secrets_key_version" ON "webhook_secrets" USING btree ("key_version","id");--> statement-breakpoint
CREATE INDEX "idx_webhook_secrets_ends_at" ON "webhook_secrets" USING btree ("ends_at") WHERE "webhook_secrets"."ends_at" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "idx_webhooks_account_id_name" ON "webhooks" USING btree ("account_id","name") WHERE "webhooks"."org_id" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "idx_webhooks_org_id_name" ON "webhooks" USING btree ("org_id","name") WHERE "webhooks"."org_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_webhooks_account_id_id" ON "webhooks" USING btree ("account_id","id");--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (19, '0018_webhooks', 10);
