CREATE TYPE "public"."client_connection_status" AS ENUM('connecting', 'connected', 'failed');--> statement-breakpoint
CREATE TABLE "client_connections" (
	"client_id" text PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"instance_id" text,
	"epoch" bigint DEFAULT 0 NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"status" "client_connection_status" DEFAULT 'connecting' NOT NULL,
	"last_error" text,
	"connected_at" timestamp (3) with time zone,
	"checked_at" timestamp (3) with time zone,
	"refresh_requested_at" timestamp (3) with time zone,
	"offered" integer DEFAULT 0 NOT NULL,
	"refused" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"protocol_version" text,
	CONSTRAINT "chk_client_connections_epoch" CHECK ("client_connections"."epoch" >= 0),
	CONSTRAINT "chk_client_connections_lease" CHECK (("client_connections"."instance_id" is null) = ("client_connections"."lease_until" is null))
);
--> statement-breakpoint
ALTER TABLE "clients" ADD COLUMN "managed" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "clients" ADD COLUMN "private_ok" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "operation_registrations" ADD COLUMN "schema_hash" text;--> statement-breakpoint
ALTER TABLE "operation_registrations" ADD COLUMN "accepted_hash" text;--> statement-breakpoint
ALTER TABLE "operation_registrations" ADD COLUMN "held" jsonb;--> statement-breakpoint
ALTER TABLE "operation_registrations" ADD COLUMN "changed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "client_connections" ADD CONSTRAINT "client_connections_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_client_connections_instance_id" ON "client_connections" USING btree ("instance_id") WHERE "client_connections"."instance_id" is not null;--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (18, '0017_client_connections', 10);
