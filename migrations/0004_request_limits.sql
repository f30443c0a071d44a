ALTER TABLE "accounts" ADD COLUMN "request_limits" jsonb;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "request_limits" jsonb;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "request_limits" jsonb;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "chk_accounts_request_limits" CHECK (jsonb_typeof("accounts"."request_limits") = 'object');--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "chk_api_keys_request_limits" CHECK (jsonb_typeof("api_keys"."request_limits") = 'object');--> statement-breakpoint
ALTER TABLE "organizations" ADD CONSTRAINT "chk_organizations_request_limits" CHECK (jsonb_typeof("organizations"."request_limits") = 'object');--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (5, '0004_request_limits', 1);
