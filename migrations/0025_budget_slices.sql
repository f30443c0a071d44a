-- Slices of budgets: what a process has taken of a budget for calls to come, so that it opens them without asking PostgreSQL first.
CREATE TABLE "budget_slices" (
	"budget_id" text NOT NULL,
	"holder_id" text NOT NULL,
	"amount" bigint NOT NULL,
	"lease_until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "budget_slices_budget_id_holder_id_pk" PRIMARY KEY("budget_id","holder_id"),
	CONSTRAINT "chk_budget_slices_amount" CHECK ("budget_slices"."amount" >= 0)
);
--> statement-breakpoint
ALTER TABLE "budgets" DROP CONSTRAINT "chk_budgets_amounts";--> statement-breakpoint
ALTER TABLE "budgets" ADD COLUMN "sliced" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "budgets" ADD COLUMN "recalled_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "budget_slices" ADD CONSTRAINT "budget_slices_budget_id_budgets_id_fk" FOREIGN KEY ("budget_id") REFERENCES "public"."budgets"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_budget_slices_lease_until" ON "budget_slices" USING btree ("lease_until");--> statement-breakpoint
ALTER TABLE "budgets" ADD CONSTRAINT "chk_budgets_amounts" CHECK (least("budgets"."limit_amount", "budgets"."spent", "budgets"."reserved", "budgets"."sliced", "budgets"."subtree_spent") >= 0);
--> statement-breakpoint
-- Gives slices back whose lease is over. The budgets are locked.
CREATE FUNCTION "budget_slices_return"("ids" text[]) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM "budget_slices" s WHERE s."budget_id" = ANY("ids") AND s."lease_until" < clock_timestamp()) THEN RETURN; END IF;
  WITH "gone" AS (
    DELETE FROM "budget_slices" s WHERE s."budget_id" = ANY("ids") AND s."lease_until" < clock_timestamp() RETURNING s."budget_id", s."amount"
  )
  UPDATE "budgets" b SET "sliced" = b."sliced" - g."amount"
  FROM (SELECT "budget_id", sum("amount") AS "amount" FROM "gone" GROUP BY "budget_id") g WHERE b."id" = g."budget_id";
END
$$;
--> statement-breakpoint
-- Gives all slices back whose lease is over.
CREATE FUNCTION "budget_slices_return_lost"() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  "ids" text[];
BEGIN
  SELECT array_agg(DISTINCT s."budget_id") INTO "ids" FROM "budget_slices" s WHERE s."lease_until" < clock_timestamp();
  IF "ids" IS NULL THEN RETURN; END IF;
  PERFORM "budget_lock"("ids");
  PERFORM "budget_slices_return"("ids");
END
$$;
--> statement-breakpoint
-- Changes the slices that a process holds, and renews their leases: `wants` [{id, amount, least, isKnown}, ...]. A positive amount is what the slice gets more, if
-- a 64th of what is free is at least `least`, and no call needs it now; a negative one is given back. A slice that the process knows and that is gone is lost: the
-- process has nothing of it any more.
CREATE FUNCTION "budget_slice"("holder" text, "lease_ms" double precision, "wants" jsonb)
RETURNS TABLE ("id" text, "granted" bigint, "is_lost" boolean, "is_recalled" boolean) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  "w" record;
  "b" "budgets";
  "had" bigint;
  "ids" text[] := ARRAY(SELECT x->>'id' FROM jsonb_array_elements("wants") x);
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM "budget_lock"("ids");
  PERFORM "budget_slices_return"("ids");
  FOR "w" IN SELECT * FROM jsonb_to_recordset("wants") AS r("id" text, "amount" bigint, "least" bigint, "isKnown" boolean) LOOP
    SELECT * INTO "b" FROM "budgets" x WHERE x."id" = "w"."id" AND x."closed_at" IS NULL;
    "had" := (SELECT s."amount" FROM "budget_slices" s WHERE s."budget_id" = "w"."id" AND s."holder_id" = "holder");
    "granted" := 0;
    "is_recalled" := coalesce("b"."recalled_at" > clock_timestamp() - interval '5 seconds', false);
    "is_lost" := "b"."id" IS NULL OR ("w"."isKnown" AND "had" IS NULL);
    IF NOT "is_lost" THEN
      IF "w"."amount" < 0 THEN
        "granted" := greatest("w"."amount", -coalesce("had", 0));
      ELSIF "w"."amount" > 0 AND NOT "is_recalled" THEN
        "granted" := least("w"."amount", greatest(0, "b"."limit_amount" - "b"."spent" - "b"."reserved" - "b"."sliced") / 64);
        IF "granted" < "w"."least" THEN "granted" := 0; END IF;
      END IF;
      IF "had" + "granted" = 0 AND "w"."amount" < 0 THEN
        DELETE FROM "budget_slices" s WHERE s."budget_id" = "w"."id" AND s."holder_id" = "holder";
      ELSIF "had" IS NOT NULL OR "granted" > 0 THEN
        INSERT INTO "budget_slices" AS s ("budget_id", "holder_id", "amount", "lease_until")
        VALUES ("w"."id", "holder", "granted", clock_timestamp() + "lease_ms" * interval '1 millisecond')
        ON CONFLICT ("budget_id", "holder_id") DO UPDATE SET "amount" = s."amount" + "granted", "lease_until" = excluded."lease_until";
      END IF;
      IF "granted" <> 0 THEN UPDATE "budgets" x SET "sliced" = x."sliced" + "granted" WHERE x."id" = "w"."id"; END IF;
    END IF;
    "id" := "w"."id";
    RETURN NEXT;
  END LOOP;
END
$$;
--> statement-breakpoint
-- With slices: what is in slices is not free. `waits`: the call is tried again when the slices that it needs have come back, and has no row until then.
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
  IF "every" IS NOT NULL THEN
    PERFORM "budget_lock"("every");
    PERFORM "budget_slices_return"("every");
  END IF;
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
        ELSIF "b"."limit_amount" - "b"."spent" - "b"."reserved" - "b"."sliced" < "need" THEN
          "why" := jsonb_build_object('reason', 'exceeded', 'needed', "need");
          IF "b"."sliced" > 0 THEN
            UPDATE "budgets" SET "recalled_at" = clock_timestamp() WHERE "budgets"."id" = "b"."id";
            -- The call may be opened when the slices have come back.
            IF ("one"->>'waits')::boolean AND "b"."limit_amount" - "b"."spent" - "b"."reserved" >= "need" THEN
              "why" := jsonb_build_object('reason', 'recalled');
            END IF;
          END IF;
        END IF;
        IF "why" IS NOT NULL THEN
          "why" := "why" || jsonb_build_object('budgetId', "b"."id", 'subjectType', "b"."subject_type", 'subjectId', "b"."subject_id",
            'unit', "b"."unit", 'period', "b"."period", 'limit', "b"."limit_amount", 'spent', "b"."spent", 'reserved', "b"."reserved" + "b"."sliced");
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
  WHERE coalesce(x."why"->>'reason', '') NOT IN ('duplicate', 'recalled')
  ORDER BY r."id"
  ON CONFLICT ("id") DO NOTHING;
  RETURN QUERY SELECT e."key", e."value" FROM jsonb_each("refusals") e;
END
$$;
--> statement-breakpoint
-- Opens calls whose worst cases their processes have taken from their slices already: `slices` {budgetId: amount, ...}, and the `holder`. Gives the calls that
-- are refused, and the holders who have lost slices, whose calls are opened as if there were no slices.
CREATE FUNCTION "inference_begin"("calls" jsonb) RETURNS TABLE ("what" text, "about" text, "facts" jsonb) LANGUAGE plpgsql SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  "ids" text[];
  "lost" text[];
  "good" jsonb := "calls";
  "fresh" text[];
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  "ids" := ARRAY(SELECT DISTINCT s."key" FROM jsonb_array_elements("calls") c CROSS JOIN LATERAL jsonb_each(c->'slices') s);
  IF array_length("ids", 1) > 0 THEN
    PERFORM "budget_lock"("ids");
    SELECT array_agg(DISTINCT n."holder") INTO "lost" FROM (
      SELECT c->>'holder' AS "holder", s."key" AS "id", sum(s."value"::bigint) AS "amount"
      FROM jsonb_array_elements("calls") c CROSS JOIN LATERAL jsonb_each_text(c->'slices') s GROUP BY 1, 2
    ) n
    WHERE NOT EXISTS (
      SELECT 1 FROM "budget_slices" h WHERE h."budget_id" = n."id" AND h."holder_id" = n."holder" AND h."amount" >= n."amount"
        AND h."lease_until" > clock_timestamp()
    );
    IF "lost" IS NOT NULL THEN
      "good" := coalesce((SELECT jsonb_agg(c) FROM jsonb_array_elements("calls") c WHERE NOT coalesce(c->>'holder' = ANY("lost"), false)), '[]');
      RETURN QUERY SELECT 'refused', o."call_id", o."refusal"
        FROM "inference_open"((SELECT jsonb_agg(c) FROM jsonb_array_elements("calls") c WHERE c->>'holder' = ANY("lost"))) o;
      RETURN QUERY SELECT 'lost', h, NULL::jsonb FROM unnest("lost") h;
    END IF;
  END IF;
  WITH "made" AS (
    INSERT INTO "inference_usage" ("id", "parent_id", "account_id", "key_id", "org_id", "session_id", "turn_id", "step_id", "run_id", "tags",
      "endpoint", "requested_model", "provider", "model", "streamed", "input_tokens", "started_at", "lease_until")
    SELECT r."id", r."parentId", r."accountId", r."keyId", r."orgId", r."sessionId", r."turnId", r."stepId", r."runId", coalesce(r."tags", '{}'),
      r."endpoint", r."requestedModel", r."provider", r."model", r."streamed", r."inputEstimate", r."startedAt",
      clock_timestamp() + r."leaseMs" * interval '1 millisecond'
    FROM jsonb_to_recordset("good") AS r("id" text, "parentId" text, "accountId" text, "keyId" text, "orgId" text, "sessionId" text,
      "turnId" text, "stepId" text, "runId" text, "tags" text[], "endpoint" text, "requestedModel" text, "provider" text, "model" text,
      "streamed" boolean, "inputEstimate" bigint, "startedAt" timestamptz, "leaseMs" double precision)
    ORDER BY r."id"
    ON CONFLICT ("id") DO NOTHING
    RETURNING "inference_usage"."id"
  )
  SELECT array_agg(m."id") INTO "fresh" FROM "made" m;
  RETURN QUERY SELECT 'refused', c->>'id', '{"reason": "duplicate"}'::jsonb FROM jsonb_array_elements("good") c
    WHERE "fresh" IS NULL OR NOT (c->>'id' = ANY("fresh"));
  IF "fresh" IS NULL OR array_length("ids", 1) IS NULL THEN RETURN; END IF;
  WITH "taken" AS (
    SELECT s."key" AS "budget_id", c->>'id' AS "call_id", c->>'holder' AS "holder", s."value"::bigint AS "amount"
    FROM jsonb_array_elements("good") c CROSS JOIN LATERAL jsonb_each_text(c->'slices') s WHERE c->>'id' = ANY("fresh")
  ), "entered" AS (
    INSERT INTO "budget_entries" ("budget_id", "reference_id", "kind", "amount")
    SELECT t."budget_id", t."call_id", 'call', t."amount" FROM "taken" t
  ), "held" AS (
    UPDATE "budget_slices" h SET "amount" = h."amount" - t."amount"
    FROM (SELECT "budget_id", "holder", sum("amount") AS "amount" FROM "taken" GROUP BY 1, 2) t
    WHERE h."budget_id" = t."budget_id" AND h."holder_id" = t."holder"
  )
  UPDATE "budgets" b SET "reserved" = b."reserved" + t."amount", "sliced" = b."sliced" - t."amount"
  FROM (SELECT "budget_id", sum("amount") AS "amount" FROM "taken" GROUP BY 1) t WHERE b."id" = t."budget_id";
  RETURN QUERY SELECT 'recalled', b."id", NULL::jsonb FROM "budgets" b
    WHERE b."id" = ANY("ids") AND b."recalled_at" > clock_timestamp() - interval '5 seconds';
END
$$;
--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (26, '0025_budget_slices', 20);
