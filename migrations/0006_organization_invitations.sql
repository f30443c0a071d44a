CREATE TYPE "public"."invitation_status" AS ENUM('pending', 'accepted', 'declined', 'withdrawn', 'expired');--> statement-breakpoint
CREATE TABLE "organization_invitations" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"org_id" text NOT NULL,
	"account_id" text NOT NULL,
	"membership_level" "membership_level" DEFAULT 'member' NOT NULL,
	"invited_by" text NOT NULL,
	"status" "invitation_status" DEFAULT 'pending' NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "chk_organization_invitations_level" CHECK ("organization_invitations"."membership_level" <> 'owner'),
	CONSTRAINT "chk_organization_invitations_ended" CHECK (("organization_invitations"."status" = 'pending') = ("organization_invitations"."ended_at" is null))
);
--> statement-breakpoint
ALTER TABLE "organization_invitations" ADD CONSTRAINT "organization_invitations_org_id_organizations_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "organization_invitations" ADD CONSTRAINT "organization_invitations_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "organization_invitations" ADD CONSTRAINT "organization_invitations_invited_by_accounts_id_fk" FOREIGN KEY ("invited_by") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "unq_organization_invitations_pending" ON "organization_invitations" USING btree ("org_id","account_id") WHERE "organization_invitations"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "idx_organization_invitations_org_id" ON "organization_invitations" USING btree ("org_id","created_at");--> statement-breakpoint
CREATE INDEX "idx_organization_invitations_account_id" ON "organization_invitations" USING btree ("account_id");--> statement-breakpoint
CREATE INDEX "idx_organization_invitations_invited_by" ON "organization_invitations" USING btree ("invited_by","created_at");--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (7, '0006_organization_invitations', 1);
