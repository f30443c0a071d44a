-- Slices are recalled only for a call that they can help: one that does not fit into a budget even without slices is refused at once, and the processes keep
-- theirs. A call that is short in several budgets recalls the slices of all of them.
CREATE OR REPLACE FUNCTION "inference_open"("calls" jsonb) RETURNS TABLE ("call_id" text, "refusal" jsonb) LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  "one" jsonb;
  "own" text[];
  "every" text[];
  "known" text[];
  "b" "budgets";
  "need" bigint;
  "why" jsonb;
  "short" jsonb;
  "late" jsonb;
  "recalls" text[];
  "refusals" jsonb := '{}';
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  SELECT array_agg(u."id") INTO "known" FROM "inference_usage" u WHERE u."id" = ANY(ARRAY(SELECT c->>'id' FROM jsonb_array_elements("calls") c));
  SELECT array_agg(DISTINCT x."id") INTO "every"
  FROM jsonb_array_elements("calls") c CROSS JOIN LATERAL "budgets_of_call"(c) AS x("id");
  IF "every" IS NOT NULL THEN
    PERFORM "budget_lock"("every");
    PERFORM "budget_slices_return"("every");
  END IF;
  FOR "one" IN SELECT * FROM jsonb_array_elements("calls") LOOP
    "why" := NULL;
    "late" := NULL;
    "recalls" := NULL;
    IF "one"->>'id' = ANY("known") THEN
      "why" := '{"reason": "duplicate"}';
    ELSIF "every" IS NOT NULL THEN
      "own" := ARRAY(SELECT "budgets_of_call"("one"));
      FOR "b" IN SELECT * FROM "budgets" x WHERE x."id" = ANY("own") ORDER BY x."id" LOOP
        "need" := CASE "b"."unit"::text WHEN 'requests' THEN 1 WHEN 'tokens' THEN ("one"->>'worstTokens')::bigint ELSE ("one"->>'worstMicros')::bigint END;
        CONTINUE WHEN "b"."limit_amount" - "b"."spent" - "b"."reserved" - "b"."sliced" >= "need";
        "short" := CASE WHEN "need" IS NULL THEN '{"reason": "unpriced"}' ELSE jsonb_build_object('reason', 'exceeded', 'needed', "need") END
          || jsonb_build_object('budgetId', "b"."id", 'subjectType', "b"."subject_type", 'subjectId', "b"."subject_id",
            'unit', "b"."unit", 'period', "b"."period", 'limit', "b"."limit_amount", 'spent', "b"."spent", 'reserved', "b"."reserved" + "b"."sliced");
        IF "b"."limit_amount" - "b"."spent" - "b"."reserved" >= "need" THEN
          "late" := coalesce("late", "short");
          "recalls" := "recalls" || "b"."id";
        ELSE
          "why" := "short";
          EXIT;
        END IF;
      END LOOP;
      IF "why" IS NULL AND "late" IS NOT NULL THEN
        UPDATE "budgets" x SET "recalled_at" = clock_timestamp() WHERE x."id" = ANY("recalls");
        -- The call may be opened when the slices have come back.
        "why" := CASE WHEN ("one"->>'waits')::boolean THEN "late" || '{"reason": "recalled"}' ELSE "late" END;
      END IF;
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
  WHERE coalesce(x."why"->>'reason', '') NOT IN ('duplicate', 'recalled')
  ORDER BY r."id"
  ON CONFLICT ("id") DO NOTHING;
  RETURN QUERY SELECT e."key", e."value" FROM jsonb_each("refusals") e;
END
$$;
--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (28, '0027_recalls_that_help', 20);
