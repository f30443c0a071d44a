-- PostgreSQL keeps the plan of a statement in a function. One that it made while the table was small reads the whole table for each call until the
-- table is analyzed. Without sequential scans, and with arrays instead of joins, each plan reads its rows from an index.
CREATE OR REPLACE FUNCTION "inference_open"("calls" jsonb) RETURNS TABLE ("call_id" text, "refusal" jsonb) LANGUAGE plpgsql SET enable_seqscan = off AS $$
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
  SELECT array_agg(u."id") INTO "known" FROM "inference_usage" u WHERE u."id" = ANY(ARRAY(SELECT c->>'id' FROM jsonb_array_elements("calls") c));
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
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION "inference_settle"("calls" jsonb) RETURNS SETOF text LANGUAGE plpgsql SET enable_seqscan = off AS $$
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
      JOIN "budget_entries" e ON e."reference_id" = ANY("done") AND e."reference_id" = c->>'id' AND e."kind" = 'call'
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
$$;--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (24, '0023_plans_of_the_ledger', 20);
