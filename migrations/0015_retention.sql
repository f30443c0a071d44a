-- Retention deletes old entries of the audit log in a transaction that says so (`alkhub.prune_audit`). Everything else is refused as before.
CREATE OR REPLACE FUNCTION "audit_logs_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF pg_trigger_depth() > 1
      AND to_jsonb(NEW) - ARRAY['key_id', 'session_id', 'org_id'] = to_jsonb(OLD) - ARRAY['key_id', 'session_id', 'org_id']
      AND (NEW."key_id" IS NULL OR NEW."key_id" = OLD."key_id")
      AND (NEW."session_id" IS NULL OR NEW."session_id" = OLD."session_id")
      AND (NEW."org_id" IS NULL OR NEW."org_id" = OLD."org_id")
    THEN
      RETURN NEW;
    END IF;
  END IF;
  IF TG_OP = 'DELETE' THEN
    IF current_setting('alkhub.prune_audit', true) = 'on' AND OLD."created_at" < now() - interval '1 day' THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'audit_logs is append-only'
    USING ERRCODE = 'check_violation', TABLE = 'audit_logs', CONSTRAINT = 'rule_audit_logs_append_only';
END
$$;
--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (16, '0015_retention', 10);
