-- The ledger and the budgets of the inference proxy. The former tables were never written.
DROP TABLE "inference_budgets" CASCADE;
--> statement-breakpoint
DROP TABLE "inference_usage" CASCADE;
--> statement-breakpoint
DROP TYPE "public"."budget_period";
--> statement-breakpoint
DROP TYPE "public"."budget_subject";
--> statement-breakpoint
DROP TYPE "public"."budget_unit";
--> statement-breakpoint
CREATE TYPE "public"."budget_entry_kind" AS ENUM('call', 'transfer');
--> statement-breakpoint
CREATE TYPE "public"."budget_period" AS ENUM('minute', 'day', 'month', 'total');
--> statement-breakpoint
CREATE TYPE "public"."budget_subject" AS ENUM('key', 'account', 'org', 'model', 'session');
--> statement-breakpoint
CREATE TYPE "public"."budget_unit" AS ENUM('requests', 'tokens', 'cost', 'concurrency');
--> statement-breakpoint
CREATE TYPE "public"."inference_ended_by" AS ENUM('done', 'client', 'upstream', 'hub');
--> statement-breakpoint
CREATE TYPE "public"."inference_settled_by" AS ENUM('proxy', 'sweep');
--> statement-breakpoint
CREATE TYPE "public"."inference_usage_source" AS ENUM('provider', 'estimate', 'none');
--> statement-breakpoint
CREATE TABLE "budget_entries" (
	"budget_id" text NOT NULL,
	"reference_id" text NOT NULL,
	"kind" "budget_entry_kind" NOT NULL,
	"amount" bigint NOT NULL,
	"settled" bigint,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp (3) with time zone,
	CONSTRAINT "budget_entries_budget_id_reference_id_pk" PRIMARY KEY("budget_id","reference_id"),
	CONSTRAINT "chk_budget_entries_amounts" CHECK (least("budget_entries"."amount", "budget_entries"."settled") >= 0),
	CONSTRAINT "chk_budget_entries_settled" CHECK (("budget_entries"."settled" is null) = ("budget_entries"."settled_at" is null))
);
--> statement-breakpoint
CREATE TABLE "budgets" (
	"id" text PRIMARY KEY NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"subject_type" "budget_subject" NOT NULL,
	"subject_id" text NOT NULL,
	"model" text DEFAULT '' NOT NULL,
	"unit" "budget_unit" NOT NULL,
	"period" "budget_period" NOT NULL,
	"limit_amount" bigint NOT NULL,
	"spent" bigint DEFAULT 0 NOT NULL,
	"reserved" bigint DEFAULT 0 NOT NULL,
	"subtree_spent" bigint DEFAULT 0 NOT NULL,
	"period_start" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"max_output_tokens" integer,
	"parent_id" text,
	"closed_at" timestamp (3) with time zone,
	"created_by" text,
	CONSTRAINT "chk_budgets_amounts" CHECK (least("budgets"."limit_amount", "budgets"."spent", "budgets"."reserved", "budgets"."subtree_spent") >= 0),
	CONSTRAINT "chk_budgets_unit_period" CHECK (case "budgets"."unit"::text when 'cost' then "budgets"."period"::text <> 'minute' when 'concurrency' then "budgets"."period"::text = 'total' else true end)
);
--> statement-breakpoint
CREATE TABLE "inference_attempts" (
	"call_id" text NOT NULL,
	"attempt" integer NOT NULL,
	"provider" text NOT NULL,
	"model" text NOT NULL,
	"status" integer,
	"code" text,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"cache_read_tokens" bigint DEFAULT 0 NOT NULL,
	"cache_write_5m_tokens" bigint DEFAULT 0 NOT NULL,
	"cache_write_1h_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"reasoning_tokens" bigint DEFAULT 0 NOT NULL,
	"audio_input_tokens" bigint DEFAULT 0 NOT NULL,
	"audio_output_tokens" bigint DEFAULT 0 NOT NULL,
	"cost_micros" bigint,
	"unpriced" boolean DEFAULT false NOT NULL,
	"price_version" text,
	"usage_source" "inference_usage_source" NOT NULL,
	"upstream_request_id" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"first_token_ms" double precision,
	"total_ms" double precision NOT NULL,
	CONSTRAINT "inference_attempts_call_id_attempt_pk" PRIMARY KEY("call_id","attempt")
);
--> statement-breakpoint
CREATE TABLE "inference_usage" (
	"id" text PRIMARY KEY NOT NULL,
	"parent_id" text,
	"account_id" text NOT NULL,
	"key_id" text,
	"org_id" text,
	"session_id" text,
	"turn_id" text,
	"step_id" text,
	"run_id" text,
	"tags" text[] DEFAULT '{}'::text[] NOT NULL,
	"endpoint" text NOT NULL,
	"requested_model" text NOT NULL,
	"provider" text,
	"model" text,
	"streamed" boolean NOT NULL,
	"status" integer,
	"code" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"cache_read_tokens" bigint DEFAULT 0 NOT NULL,
	"cache_write_5m_tokens" bigint DEFAULT 0 NOT NULL,
	"cache_write_1h_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"reasoning_tokens" bigint DEFAULT 0 NOT NULL,
	"audio_input_tokens" bigint DEFAULT 0 NOT NULL,
	"audio_output_tokens" bigint DEFAULT 0 NOT NULL,
	"cost_micros" bigint,
	"unpriced" boolean DEFAULT false NOT NULL,
	"price_version" text,
	"inconsistent" boolean DEFAULT false NOT NULL,
	"usage_source" "inference_usage_source",
	"ended_by" "inference_ended_by",
	"truncated" boolean DEFAULT false NOT NULL,
	"settled_by" "inference_settled_by",
	"upstream_request_id" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"lease_until" timestamp (3) with time zone,
	"first_token_ms" double precision,
	"total_ms" double precision,
	CONSTRAINT "chk_inference_usage_tokens" CHECK (least("inference_usage"."input_tokens", "inference_usage"."cache_read_tokens", "inference_usage"."cache_write_5m_tokens", "inference_usage"."cache_write_1h_tokens", "inference_usage"."output_tokens", "inference_usage"."reasoning_tokens", "inference_usage"."audio_input_tokens", "inference_usage"."audio_output_tokens", "inference_usage"."cost_micros") >= 0),
	CONSTRAINT "chk_inference_usage_ended" CHECK (("inference_usage"."ended_at" is null) = ("inference_usage"."ended_by" is null) and ("inference_usage"."ended_at" is null) = ("inference_usage"."usage_source" is null) and ("inference_usage"."ended_at" is null) = ("inference_usage"."settled_by" is null) and ("inference_usage"."ended_at" is null) = ("inference_usage"."lease_until" is not null))
);
--> statement-breakpoint
ALTER TABLE "budget_entries" ADD CONSTRAINT "budget_entries_budget_id_budgets_id_fk" FOREIGN KEY ("budget_id") REFERENCES "public"."budgets"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_parent_id_budgets_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."budgets"("id") ON DELETE restrict ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "idx_budget_entries_reference_id" ON "budget_entries" USING btree ("reference_id");
--> statement-breakpoint
CREATE INDEX "idx_budget_entries_settled_at" ON "budget_entries" USING btree ("settled_at") WHERE "budget_entries"."settled_at" is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "unq_budgets_subject_model_unit_period" ON "budgets" USING btree ("subject_type","subject_id","model","unit","period") WHERE "budgets"."closed_at" is null;
--> statement-breakpoint
CREATE INDEX "idx_budgets_parent_id" ON "budgets" USING btree ("parent_id") WHERE "budgets"."parent_id" is not null;
--> statement-breakpoint
CREATE INDEX "idx_inference_usage_account_id_started_at" ON "inference_usage" USING btree ("account_id","started_at");
--> statement-breakpoint
CREATE INDEX "idx_inference_usage_started_at" ON "inference_usage" USING btree ("started_at");
--> statement-breakpoint
CREATE INDEX "idx_inference_usage_session_id" ON "inference_usage" USING btree ("session_id") WHERE "inference_usage"."session_id" is not null;
--> statement-breakpoint
CREATE INDEX "idx_inference_usage_open" ON "inference_usage" USING btree ("lease_until") WHERE "inference_usage"."ended_at" is null;
--> statement-breakpoint
-- The first instant of the calendar period of a budget that `at` lies in, in UTC; null for periods that never start again.
CREATE FUNCTION "budget_period_start"("of_period" "budget_period", "at" timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE "of_period" WHEN 'day' THEN date_trunc('day', "at", 'UTC') WHEN 'month' THEN date_trunc('month', "at", 'UTC') END
$$;
--> statement-breakpoint
-- Locks budgets in the order of their ids, and starts a new period where the last one is over.
CREATE FUNCTION "budget_lock"("ids" text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM "budgets" WHERE "id" = ANY("ids") ORDER BY "id" FOR NO KEY UPDATE;
  UPDATE "budgets" SET "spent" = 0, "period_start" = "budget_period_start"("period", clock_timestamp())
  WHERE "id" = ANY("ids") AND "period_start" < "budget_period_start"("period", clock_timestamp());
END
$$;
--> statement-breakpoint
-- The budgets with those that they are parts of.
CREATE FUNCTION "budget_with_parents"("ids" text[]) RETURNS text[] LANGUAGE sql STABLE AS $$
  WITH RECURSIVE "up"("id") AS (
    SELECT unnest("ids") UNION SELECT b."parent_id" FROM "budgets" b JOIN "up" ON b."id" = "up"."id" WHERE b."parent_id" IS NOT NULL
  )
  SELECT array_agg("id") FROM "up"
$$;
--> statement-breakpoint
-- The open budgets that count a call: `subjects` [[type, id], ...], `sessionId`, `targets` [provider/model, ...]. A session counts for the
-- sessions above it; not for the budget that its own budget is a part of.
CREATE FUNCTION "budgets_of_call"("call" jsonb) RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
    SELECT b."id" FROM jsonb_array_elements("call"->'subjects') s
    JOIN "budgets" b ON b."subject_type" = (s->>0)::"budget_subject" AND b."subject_id" = s->>1
    WHERE b."closed_at" IS NULL AND b."period" <> 'minute' AND b."unit" <> 'concurrency'
      AND (b."model" = '' OR "call"->'targets' ? b."model");
  IF "call"->>'sessionId' IS NOT NULL THEN
    RETURN QUERY
      WITH RECURSIVE "above"("id", "parent_id", "level") AS (
        SELECT "call"->>'sessionId', (SELECT x."parent_id" FROM "sessions" x WHERE x."id" = "call"->>'sessionId'), 0
        UNION ALL
        SELECT x."id", x."parent_id", a."level" + 1 FROM "above" a JOIN "sessions" x ON x."id" = a."parent_id" WHERE a."level" < 64
      ), "found" AS (
        SELECT b."id", b."parent_id" FROM "above" a
        JOIN "budgets" b ON b."subject_type" = 'session' AND b."subject_id" = a."id"
        WHERE b."closed_at" IS NULL AND b."period" <> 'minute' AND b."unit" <> 'concurrency'
          AND (b."model" = '' OR "call"->'targets' ? b."model")
      ), "whole"("id", "parent_id") AS (
        SELECT b."id", b."parent_id" FROM "budgets" b WHERE b."id" IN (SELECT f."parent_id" FROM "found" f)
        UNION
        SELECT b."id", b."parent_id" FROM "whole" w JOIN "budgets" b ON b."id" = w."parent_id"
      )
      SELECT f."id" FROM "found" f WHERE f."id" NOT IN (SELECT w."id" FROM "whole" w);
  END IF;
END
$$;
--> statement-breakpoint
-- What a budget is charged for a call with these attempts: [{target, tokens, costMicros}, ...].
CREATE FUNCTION "budget_charge"("of_budget" "budgets", "attempts" jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE ("of_budget")."unit"::text
    WHEN 'requests' THEN least(count(*), 1)
    WHEN 'tokens' THEN coalesce(sum((a->>'tokens')::bigint), 0)
    WHEN 'cost' THEN coalesce(sum((a->>'costMicros')::bigint), 0)
    ELSE 0 END::bigint
  FROM jsonb_array_elements("attempts") a
  WHERE (("of_budget")."model" = '' OR ("of_budget")."model" = a->>'target')
    AND (("of_budget")."subject_type" <> 'model' OR ("of_budget")."subject_id" = a->>'target')
$$;
--> statement-breakpoint
-- Moves what closed budgets have spent to the budgets that they are parts of, once nothing is reserved in them any more.
CREATE FUNCTION "budget_finish"("ids" text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  "one" record;
  "next" text[] := '{}';
BEGIN
  FOR "one" IN
    SELECT b."id", b."parent_id", b."spent", e."amount" FROM "budgets" b
    JOIN "budget_entries" e ON e."budget_id" = b."parent_id" AND e."reference_id" = b."id" AND e."kind" = 'transfer'
    WHERE b."id" = ANY("ids") AND b."closed_at" IS NOT NULL AND b."reserved" = 0 AND e."settled" IS NULL ORDER BY b."id"
  LOOP
    UPDATE "budget_entries" SET "settled" = "one"."spent", "settled_at" = now()
    WHERE "budget_id" = "one"."parent_id" AND "reference_id" = "one"."id";
    UPDATE "budgets" SET "reserved" = "reserved" - "one"."amount", "spent" = "spent" + "one"."spent" WHERE "id" = "one"."parent_id";
    "next" := "next" || "one"."parent_id";
  END LOOP;
  IF array_length("next", 1) > 0 THEN PERFORM "budget_finish"("next"); END IF;
END
$$;
--> statement-breakpoint
-- Opens calls in the order given: for each one, either every budget that counts it has room for the worst case, which is reserved, or
-- nothing is reserved and its row says that it was refused. Gives the refusals. The commit does not wait for the disk: what a crash
-- of the server loses is written again when the call is settled.
CREATE FUNCTION "inference_open"("calls" jsonb) RETURNS TABLE ("call_id" text, "refusal" jsonb) LANGUAGE plpgsql AS $$
DECLARE
  "one" jsonb;
  "own" text[];
  "every" text[];
  "known" text[];
  "b" "budgets";
  "need" bigint;
  "why" jsonb;
  "refusals" jsonb := '{}';
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  SELECT array_agg(u."id") INTO "known" FROM "inference_usage" u WHERE u."id" IN (SELECT c->>'id' FROM jsonb_array_elements("calls") c);
  SELECT array_agg(DISTINCT x."id") INTO "every"
  FROM jsonb_array_elements("calls") c CROSS JOIN LATERAL "budgets_of_call"(c) AS x("id");
  IF "every" IS NOT NULL THEN PERFORM "budget_lock"("every"); END IF;
  FOR "one" IN SELECT * FROM jsonb_array_elements("calls") LOOP
    "why" := NULL;
    IF "one"->>'id' = ANY("known") THEN
      "why" := '{"reason": "duplicate"}';
    ELSIF "every" IS NOT NULL THEN
      "own" := ARRAY(SELECT "budgets_of_call"("one"));
      FOR "b" IN SELECT * FROM "budgets" x WHERE x."id" = ANY("own") ORDER BY x."id" LOOP
        "need" := CASE "b"."unit"::text WHEN 'requests' THEN 1 WHEN 'tokens' THEN ("one"->>'worstTokens')::bigint ELSE ("one"->>'worstMicros')::bigint END;
        IF "need" IS NULL THEN
          "why" := jsonb_build_object('reason', 'unpriced');
        ELSIF "b"."limit_amount" - "b"."spent" - "b"."reserved" < "need" THEN
          "why" := jsonb_build_object('reason', 'exceeded', 'needed', "need");
        END IF;
        IF "why" IS NOT NULL THEN
          "why" := "why" || jsonb_build_object('budgetId', "b"."id", 'subjectType', "b"."subject_type", 'subjectId', "b"."subject_id",
            'unit', "b"."unit", 'period', "b"."period", 'limit', "b"."limit_amount", 'spent', "b"."spent", 'reserved', "b"."reserved");
          EXIT;
        END IF;
      END LOOP;
      IF "why" IS NULL THEN
        INSERT INTO "budget_entries" ("budget_id", "reference_id", "kind", "amount")
        SELECT x."id", "one"->>'id', 'call', CASE x."unit"::text WHEN 'requests' THEN 1 WHEN 'tokens' THEN ("one"->>'worstTokens')::bigint ELSE ("one"->>'worstMicros')::bigint END
        FROM "budgets" x WHERE x."id" = ANY("own");
        UPDATE "budgets" x SET "reserved" = x."reserved" + e."amount" FROM "budget_entries" e
        WHERE e."budget_id" = x."id" AND e."reference_id" = "one"->>'id' AND x."id" = ANY("own");
      END IF;
    END IF;
    IF "why" IS NOT NULL THEN "refusals" := "refusals" || jsonb_build_object("one"->>'id', "why"); END IF;
  END LOOP;
  INSERT INTO "inference_usage" ("id", "parent_id", "account_id", "key_id", "org_id", "session_id", "turn_id", "step_id", "run_id", "tags",
    "endpoint", "requested_model", "provider", "model", "streamed", "input_tokens", "started_at", "lease_until", "ended_at", "ended_by",
    "usage_source", "settled_by", "status", "code", "cost_micros", "total_ms")
  SELECT r."id", r."parentId", r."accountId", r."keyId", r."orgId", r."sessionId", r."turnId", r."stepId", r."runId", coalesce(r."tags", '{}'),
    r."endpoint", r."requestedModel", r."provider", r."model", r."streamed",
    CASE WHEN x."why" IS NULL THEN r."inputEstimate" ELSE 0 END, r."startedAt",
    CASE WHEN x."why" IS NULL THEN clock_timestamp() + r."leaseMs" * interval '1 millisecond' END,
    CASE WHEN x."why" IS NOT NULL THEN clock_timestamp() END, CASE WHEN x."why" IS NOT NULL THEN 'hub'::"inference_ended_by" END,
    CASE WHEN x."why" IS NOT NULL THEN 'none'::"inference_usage_source" END, CASE WHEN x."why" IS NOT NULL THEN 'proxy'::"inference_settled_by" END,
    CASE WHEN x."why" IS NOT NULL THEN 402 END,
    CASE x."why"->>'reason' WHEN 'unpriced' THEN 'MODEL_UNPRICED' WHEN 'exceeded' THEN 'BUDGET_EXCEEDED' END,
    CASE WHEN x."why" IS NOT NULL THEN 0 END,
    CASE WHEN x."why" IS NOT NULL THEN greatest(0, extract(epoch FROM clock_timestamp() - r."startedAt") * 1000) END
  FROM jsonb_to_recordset("calls") AS r("id" text, "parentId" text, "accountId" text, "keyId" text, "orgId" text, "sessionId" text,
    "turnId" text, "stepId" text, "runId" text, "tags" text[], "endpoint" text, "requestedModel" text, "provider" text, "model" text,
    "streamed" boolean, "inputEstimate" bigint, "startedAt" timestamptz, "leaseMs" double precision)
  CROSS JOIN LATERAL (SELECT "refusals"->r."id" AS "why") x
  WHERE coalesce(x."why"->>'reason', '') <> 'duplicate'
  ORDER BY r."id"
  ON CONFLICT ("id") DO NOTHING;
  RETURN QUERY SELECT e."key", e."value" FROM jsonb_each("refusals") e;
END
$$;
--> statement-breakpoint
-- Settles calls: the row, its attempts, and what was reserved for it. The first end of a call counts, but an end that the sweep estimated
-- gives way to that of the proxy. A call without a row gets one. Gives the ids that were settled.
CREATE FUNCTION "inference_settle"("calls" jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  "done" text[];
  "fresh" text[];
  "ids" text[];
  "every" text[];
  "charges" jsonb;
BEGIN
  WITH "up" AS (
    INSERT INTO "inference_usage" AS u ("id", "parent_id", "account_id", "key_id", "org_id", "session_id", "turn_id", "step_id", "run_id",
      "tags", "endpoint", "requested_model", "provider", "model", "streamed", "status", "code", "attempts", "input_tokens",
      "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "output_tokens", "reasoning_tokens", "audio_input_tokens",
      "audio_output_tokens", "cost_micros", "unpriced", "price_version", "inconsistent", "usage_source", "ended_by", "truncated",
      "settled_by", "upstream_request_id", "started_at", "ended_at", "first_token_ms", "total_ms")
    SELECT r."id", r."parentId", r."accountId", r."keyId", r."orgId", r."sessionId", r."turnId", r."stepId", r."runId",
      coalesce(r."tags", '{}'), r."endpoint", r."requestedModel", r."provider", r."model", r."streamed", r."status", r."code",
      jsonb_array_length(r."attempts"), r."input", r."cacheRead", r."cacheWrite5m", r."cacheWrite1h", r."output", r."reasoning",
      r."audioInput", r."audioOutput", r."costMicros", r."unpriced", r."priceVersion", r."inconsistent", r."usageSource", r."endedBy",
      r."truncated", r."settledBy", r."upstreamRequestId", r."startedAt", r."endedAt", r."firstTokenMs", r."totalMs"
    FROM jsonb_to_recordset("calls") AS r("id" text, "parentId" text, "accountId" text, "keyId" text, "orgId" text, "sessionId" text,
      "turnId" text, "stepId" text, "runId" text, "tags" text[], "endpoint" text, "requestedModel" text, "provider" text, "model" text,
      "streamed" boolean, "status" integer, "code" text, "attempts" jsonb, "input" bigint, "cacheRead" bigint, "cacheWrite5m" bigint,
      "cacheWrite1h" bigint, "output" bigint, "reasoning" bigint, "audioInput" bigint, "audioOutput" bigint, "costMicros" bigint,
      "unpriced" boolean, "priceVersion" text, "inconsistent" boolean, "usageSource" "inference_usage_source",
      "endedBy" "inference_ended_by", "truncated" boolean, "settledBy" "inference_settled_by", "upstreamRequestId" text,
      "startedAt" timestamptz, "endedAt" timestamptz, "firstTokenMs" double precision, "totalMs" double precision)
    ORDER BY r."id"
    ON CONFLICT ("id") DO UPDATE SET "provider" = excluded."provider", "model" = excluded."model", "status" = excluded."status",
      "code" = excluded."code", "attempts" = excluded."attempts", "input_tokens" = excluded."input_tokens",
      "cache_read_tokens" = excluded."cache_read_tokens", "cache_write_5m_tokens" = excluded."cache_write_5m_tokens",
      "cache_write_1h_tokens" = excluded."cache_write_1h_tokens", "output_tokens" = excluded."output_tokens",
      "reasoning_tokens" = excluded."reasoning_tokens", "audio_input_tokens" = excluded."audio_input_tokens",
      "audio_output_tokens" = excluded."audio_output_tokens", "cost_micros" = excluded."cost_micros", "unpriced" = excluded."unpriced",
      "price_version" = excluded."price_version", "inconsistent" = excluded."inconsistent", "usage_source" = excluded."usage_source",
      "ended_by" = excluded."ended_by", "truncated" = excluded."truncated", "settled_by" = excluded."settled_by",
      "upstream_request_id" = excluded."upstream_request_id", "ended_at" = excluded."ended_at", "lease_until" = NULL,
      "first_token_ms" = excluded."first_token_ms", "total_ms" = excluded."total_ms"
    WHERE CASE excluded."settled_by" WHEN 'proxy' THEN u."ended_at" IS NULL OR u."settled_by" = 'sweep'
      ELSE u."ended_at" IS NULL AND u."lease_until" < clock_timestamp() END
    RETURNING u."id", (u."xmax" = 0) AS "is_fresh"
  )
  SELECT array_agg("id"), array_agg("id") FILTER (WHERE "is_fresh") INTO "done", "fresh" FROM "up";
  IF "done" IS NULL THEN RETURN; END IF;
  DELETE FROM "inference_attempts" WHERE "inference_attempts"."call_id" = ANY("done");
  INSERT INTO "inference_attempts" ("call_id", "attempt", "provider", "model", "status", "code", "input_tokens", "cache_read_tokens",
    "cache_write_5m_tokens", "cache_write_1h_tokens", "output_tokens", "reasoning_tokens", "audio_input_tokens", "audio_output_tokens",
    "cost_micros", "unpriced", "price_version", "usage_source", "upstream_request_id", "started_at", "first_token_ms", "total_ms")
  SELECT c->>'id', r."attempt", r."provider", r."model", r."status", r."code", r."input", r."cacheRead", r."cacheWrite5m",
    r."cacheWrite1h", r."output", r."reasoning", r."audioInput", r."audioOutput", r."costMicros", r."unpriced", r."priceVersion",
    r."usageSource", r."upstreamRequestId", r."startedAt", r."firstTokenMs", r."totalMs"
  FROM jsonb_array_elements("calls") c CROSS JOIN LATERAL jsonb_to_recordset(c->'attempts') AS r("attempt" integer, "provider" text,
    "model" text, "status" integer, "code" text, "input" bigint, "cacheRead" bigint, "cacheWrite5m" bigint, "cacheWrite1h" bigint,
    "output" bigint, "reasoning" bigint, "audioInput" bigint, "audioOutput" bigint, "costMicros" bigint, "unpriced" boolean,
    "priceVersion" text, "usageSource" "inference_usage_source", "upstreamRequestId" text, "startedAt" timestamptz,
    "firstTokenMs" double precision, "totalMs" double precision)
  WHERE c->>'id' = ANY("done");
  IF "fresh" IS NOT NULL THEN
    INSERT INTO "budget_entries" ("budget_id", "reference_id", "kind", "amount")
    SELECT x."id", c->>'id', 'call', 0 FROM jsonb_array_elements("calls") c CROSS JOIN LATERAL "budgets_of_call"(c) AS x("id")
    WHERE c->>'id' = ANY("fresh") AND jsonb_array_length(c->'attempts') > 0
    ON CONFLICT DO NOTHING;
  END IF;
  SELECT array_agg(DISTINCT e."budget_id") INTO "ids" FROM "budget_entries" e WHERE e."reference_id" = ANY("done") AND e."kind" = 'call';
  IF "ids" IS NOT NULL THEN
    "every" := "budget_with_parents"("ids");
    PERFORM "budget_lock"("every");
    WITH "charge" AS (
      SELECT e."budget_id", e."reference_id", e."amount", e."settled" AS "former", "budget_charge"(b, c->'attempts') AS "used"
      FROM jsonb_array_elements("calls") c
      JOIN "budget_entries" e ON e."reference_id" = c->>'id' AND e."kind" = 'call'
      JOIN "budgets" b ON b."id" = e."budget_id"
      WHERE c->>'id' = ANY("done")
    ), "entry" AS (
      UPDATE "budget_entries" e SET "settled" = "charge"."used", "settled_at" = clock_timestamp() FROM "charge"
      WHERE e."budget_id" = "charge"."budget_id" AND e."reference_id" = "charge"."reference_id"
    )
    SELECT jsonb_agg(s) INTO "charges" FROM (
      SELECT "budget_id" AS "id", sum(CASE WHEN "former" IS NULL THEN "amount" ELSE 0 END) AS "freed", sum("used" - coalesce("former", 0)) AS "added"
      FROM "charge" GROUP BY "budget_id"
    ) s;
    UPDATE "budgets" b SET "reserved" = b."reserved" - s."freed", "spent" = greatest(0, b."spent" + s."added"), "updated_at" = now()
    FROM jsonb_to_recordset("charges") AS s("id" text, "freed" bigint, "added" bigint) WHERE b."id" = s."id";
    WITH RECURSIVE "up"("id", "added") AS (
      SELECT s."id", s."added" FROM jsonb_to_recordset("charges") AS s("id" text, "added" bigint)
      UNION ALL
      SELECT b."parent_id", "up"."added" FROM "up" JOIN "budgets" b ON b."id" = "up"."id" WHERE b."parent_id" IS NOT NULL
    )
    UPDATE "budgets" b SET "subtree_spent" = greatest(0, b."subtree_spent" + t."added")
    FROM (SELECT "up"."id", sum("up"."added") AS "added" FROM "up" GROUP BY "up"."id") t WHERE b."id" = t."id";
    PERFORM "budget_finish"("ids");
  END IF;
  RETURN QUERY SELECT unnest("done");
END
$$;
--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (12, '0011_inference_ledger', 10);
