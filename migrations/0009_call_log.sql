-- The call log, partitioned by day of the call id. Needs a full stop: code of older levels writes to the tables that are dropped at the end.
CREATE TABLE "call_log" (
	"id" uuid PRIMARY KEY NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone NOT NULL,
	"status" "call_status" NOT NULL,
	"attempts" integer NOT NULL,
	"items" integer,
	"route_ms" real,
	"queue_ms" real,
	"execute_ms" real,
	"total_ms" real NOT NULL,
	"parent_id" uuid,
	"caller_id" uuid NOT NULL,
	"account_id" uuid,
	"key_id" uuid,
	"org_id" uuid,
	"session_id" uuid,
	"turn_id" uuid,
	"attempt_of" uuid,
	"spoke_id" uuid,
	"instance_id" uuid,
	"operation_id" text NOT NULL,
	"operation_name" text NOT NULL,
	"code" text,
	"route" text,
	"idempotency_key" text,
	"input" text,
	"output" text,
	"error" text,
	"metadata" text,
	"late" boolean,
	CONSTRAINT "chk_call_log_attempts" CHECK ("call_log"."attempts" >= 0)
) PARTITION BY RANGE ("id");
--> statement-breakpoint
CREATE TABLE "call_links" (
	"source_id" uuid NOT NULL,
	"target_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "call_links_source_id_target_id_pk" PRIMARY KEY("source_id","target_id"),
	CONSTRAINT "chk_call_links_ends" CHECK ("call_links"."source_id" <> "call_links"."target_id")
);
--> statement-breakpoint
CREATE TABLE "call_callers" (
	"id" uuid NOT NULL,
	"day" date NOT NULL,
	"identity" text NOT NULL,
	"actor" text NOT NULL,
	CONSTRAINT "call_callers_id_day_pk" PRIMARY KEY("id","day")
);
--> statement-breakpoint
CREATE SCHEMA "call_log_days";
--> statement-breakpoint
CREATE TABLE "call_log_days"."rest" PARTITION OF "call_log" DEFAULT;
--> statement-breakpoint
-- What the old rows become. An id that is not a UUID gets one made from it.
CREATE FUNCTION pg_temp."as_uuid"("given" text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN "given" ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN "given"::uuid
    ELSE md5("given")::uuid END
$$;
--> statement-breakpoint
CREATE FUNCTION pg_temp."uuid_or_null"("given" text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN "given" ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN "given"::uuid END
$$;
--> statement-breakpoint
-- Milliseconds since the epoch of a UUIDv7; null for another one.
CREATE FUNCTION pg_temp."ms_of"("id" uuid) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN substr("id"::text, 15, 1) = '7'
    THEN ('x' || left(replace("id"::text, '-', ''), 12))::bit(48)::bigint END
$$;
--> statement-breakpoint
-- One partition for each day that has rows (the newest 1,000 of them), for today and for the week after it. Other rows go to the default partition.
DO $$
DECLARE
  the_day date;
  low text;
  high text;
BEGIN
  FOR the_day IN
    SELECT "day" FROM (
      SELECT DISTINCT (to_timestamp(pg_temp."ms_of"(pg_temp."as_uuid"("request_id")) / 1000.0) AT TIME ZONE 'UTC')::date AS "day"
      FROM "call_graph_nodes"
      UNION
      SELECT (now() AT TIME ZONE 'UTC')::date + ahead FROM generate_series(0, 7) AS ahead
    ) AS days
    WHERE "day" BETWEEN DATE '2020-01-01' AND (now() AT TIME ZONE 'UTC')::date + 7
    ORDER BY "day" DESC LIMIT 1000
  LOOP
    low := lpad(to_hex((extract(epoch FROM the_day::timestamp) * 1000)::bigint), 12, '0');
    high := lpad(to_hex((extract(epoch FROM (the_day + 1)::timestamp) * 1000)::bigint), 12, '0');
    EXECUTE format('CREATE TABLE "call_log_days".%I PARTITION OF "call_log" FOR VALUES FROM (%L) TO (%L)',
      'd' || to_char(the_day, 'YYYYMMDD'), rpad(low, 32, '0')::uuid, rpad(high, 32, '0')::uuid);
  END LOOP;
END
$$;
--> statement-breakpoint
INSERT INTO "call_log" ("id", "started_at", "ended_at", "status", "attempts", "items", "route_ms", "queue_ms", "execute_ms",
  "total_ms", "parent_id", "caller_id", "account_id", "key_id", "org_id", "session_id", "spoke_id", "instance_id",
  "operation_id", "operation_name", "code", "route", "idempotency_key", "input", "output", "error", "metadata", "late")
SELECT old."id", n."started_at", coalesce(n."completed_at", n."started_at"), n."status", n."attempts", n."items", n."route_ms",
  n."queue_ms", n."execute_ms",
  coalesce(n."total_ms", extract(epoch FROM coalesce(n."completed_at", n."started_at") - n."started_at") * 1000),
  pg_temp."as_uuid"(coalesce(n."parent_request_id", (
    SELECT source."request_id" FROM "call_graph_edges" e JOIN "call_graph_nodes" source ON source."id" = e."source_id"
    WHERE e."target_id" = n."id" AND e."edge_type" = 'triggered' LIMIT 1))),
  md5(n."identity"::text || E'\n' || n."actor"::text)::uuid, pg_temp."uuid_or_null"(n."caller_account_id"),
  pg_temp."uuid_or_null"(n."identity"->>'keyId'),
  CASE WHEN jsonb_array_length(CASE jsonb_typeof(n."identity"->'orgIds') WHEN 'array' THEN n."identity"->'orgIds' ELSE '[]' END) = 1
    THEN pg_temp."uuid_or_null"(n."identity"->'orgIds'->>0) END,
  pg_temp."uuid_or_null"(n."session_id"), pg_temp."uuid_or_null"(n."spoke_id"), pg_temp."uuid_or_null"(n."instance_id"),
  n."operation_id", n."operation_name", n."code", n."route", n."metadata"->>'idempotencyKey', n."input"::text, n."output"::text,
  n."error"::text, nullif(CASE jsonb_typeof(n."metadata") WHEN 'object' THEN n."metadata" - 'idempotencyKey' ELSE n."metadata" END, '{}')::text,
  nullif(extract(epoch FROM coalesce(n."completed_at", n."started_at")) * 1000 - pg_temp."ms_of"(old."id") >= 3600000, false)
FROM "call_graph_nodes" n CROSS JOIN LATERAL (SELECT pg_temp."as_uuid"(n."request_id") AS "id") AS old
ORDER BY old."id"
ON CONFLICT ("id") DO NOTHING;
--> statement-breakpoint
INSERT INTO "call_callers" ("id", "day", "identity", "actor")
SELECT DISTINCT ON (1, 2) md5("identity"::text || E'\n' || "actor"::text)::uuid,
  (coalesce("completed_at", "started_at") AT TIME ZONE 'UTC')::date, "identity"::text, "actor"::text
FROM "call_graph_nodes";
--> statement-breakpoint
INSERT INTO "call_links" ("source_id", "target_id", "created_at")
SELECT DISTINCT ON (1, 2) pg_temp."as_uuid"(source."request_id"), pg_temp."as_uuid"(target."request_id"), e."created_at"
FROM "call_graph_edges" e
JOIN "call_graph_nodes" source ON source."id" = e."source_id"
JOIN "call_graph_nodes" target ON target."id" = e."target_id"
WHERE e."edge_type" = 'depends_on'
ORDER BY 1, 2, e."created_at";
--> statement-breakpoint
DROP FUNCTION pg_temp."as_uuid"(text), pg_temp."uuid_or_null"(text), pg_temp."ms_of"(uuid);
--> statement-breakpoint
DROP TABLE "call_graph_edges", "call_graph_nodes";
--> statement-breakpoint
CREATE INDEX "idx_call_log_account_id_id" ON "call_log" USING btree ("account_id","id");
--> statement-breakpoint
CREATE INDEX "idx_call_log_operation_name_id" ON "call_log" USING btree ("operation_name","id");
--> statement-breakpoint
CREATE INDEX "idx_call_log_code_id" ON "call_log" USING btree ("code","id") WHERE "call_log"."status" <> 'completed';
--> statement-breakpoint
CREATE INDEX "idx_call_log_session_id_id" ON "call_log" USING btree ("session_id","id") WHERE "call_log"."session_id" is not null;
--> statement-breakpoint
CREATE INDEX "idx_call_log_spoke_id_id" ON "call_log" USING btree ("spoke_id","id") WHERE "call_log"."spoke_id" is not null;
--> statement-breakpoint
CREATE INDEX "idx_call_log_parent_id" ON "call_log" USING btree ("parent_id") WHERE "call_log"."parent_id" is not null;
--> statement-breakpoint
CREATE INDEX "idx_call_log_late" ON "call_log" USING btree ("ended_at") WHERE "call_log"."late";
--> statement-breakpoint
CREATE INDEX "idx_call_links_target_id" ON "call_links" USING btree ("target_id");
--> statement-breakpoint
CREATE VIEW "public"."call_graph_edges" AS (
  select called.parent_id as source_id, called.id as target_id, 'triggered'::call_edge_type as edge_type
  from call_log called join call_log caller on caller.id = called.parent_id
  where called.parent_id <> called.id
  union all
  select link.source_id, link.target_id, 'depends_on'::call_edge_type
  from call_links link
  join call_log source on source.id = link.source_id join call_log target on target.id = link.target_id);
--> statement-breakpoint
ANALYZE "call_log";
--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (10, '0009_call_log', 10);
