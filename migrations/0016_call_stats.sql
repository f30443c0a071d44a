CREATE TABLE "call_stats" (
	"minute" timestamp (3) with time zone NOT NULL,
	"operation_name" text NOT NULL,
	"spoke_id" uuid,
	"account_id" uuid,
	"count" integer NOT NULL,
	"errors" integer NOT NULL,
	"buckets" smallint[] NOT NULL,
	"bucket_counts" integer[] NOT NULL,
	CONSTRAINT "unq_call_stats_minute_operation_name_spoke_id_account_id" UNIQUE NULLS NOT DISTINCT("minute","operation_name","spoke_id","account_id"),
	CONSTRAINT "chk_call_stats_errors" CHECK ("call_stats"."errors" between 0 and "call_stats"."count"),
	CONSTRAINT "chk_call_stats_buckets" CHECK (cardinality("call_stats"."buckets") between 1 and 121 and cardinality("call_stats"."buckets") = cardinality("call_stats"."bucket_counts"))
);
--> statement-breakpoint
CREATE TABLE "call_stats_progress" (
	"delay_minutes" integer PRIMARY KEY NOT NULL,
	"counted_until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "idx_call_stats_account_id_minute" ON "call_stats" USING btree ("account_id","minute");--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (17, '0016_call_stats', 10);
