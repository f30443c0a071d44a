-- Rules that constraints alone cannot say. Each names itself as the violated constraint, so that callers can tell them apart.

-- The session of a message or of a part never changes.
CREATE FUNCTION "forbid_session_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the session of a row of % never changes', TG_TABLE_NAME
    USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'rule_' || TG_TABLE_NAME || '_session_id_immutable';
END
$$;--> statement-breakpoint
CREATE TRIGGER "rule_messages_session_id_immutable" BEFORE UPDATE OF "session_id" ON "messages"
  FOR EACH ROW WHEN (OLD."session_id" IS DISTINCT FROM NEW."session_id") EXECUTE FUNCTION "forbid_session_change"();--> statement-breakpoint
CREATE TRIGGER "rule_parts_session_id_immutable" BEFORE UPDATE OF "session_id" ON "parts"
  FOR EACH ROW WHEN (OLD."session_id" IS DISTINCT FROM NEW."session_id") EXECUTE FUNCTION "forbid_session_change"();--> statement-breakpoint

-- The audit log only grows. What lets an update pass: it comes from a foreign key (depth > 1) and only empties references.
CREATE FUNCTION "audit_logs_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
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
  RAISE EXCEPTION 'audit_logs is append-only'
    USING ERRCODE = 'check_violation', TABLE = 'audit_logs', CONSTRAINT = 'rule_audit_logs_append_only';
END
$$;--> statement-breakpoint
CREATE TRIGGER "rule_audit_logs_append_only" BEFORE UPDATE OR DELETE ON "audit_logs"
  FOR EACH ROW EXECUTE FUNCTION "audit_logs_append_only"();--> statement-breakpoint
CREATE TRIGGER "rule_audit_logs_no_truncate" BEFORE TRUNCATE ON "audit_logs"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit_logs_append_only"();--> statement-breakpoint

-- The owner of an organization is a member of level owner, whenever a transaction commits. The lock on the organization
-- makes a transfer and a concurrent removal of the new owner wait for each other.
CREATE FUNCTION "organization_owner_is_member"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  the_org text;
  the_owner text;
BEGIN
  IF TG_TABLE_NAME = 'organizations' THEN the_org := NEW."id"; ELSE the_org := OLD."org_id"; END IF;
  SELECT "owner_id" INTO the_owner FROM "organizations" WHERE "id" = the_org FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF NOT EXISTS (
    SELECT FROM "organization_members"
    WHERE "org_id" = the_org AND "account_id" = the_owner AND "membership_level" = 'owner'
  ) THEN
    RAISE EXCEPTION 'the owner of an organization must be a member of level owner'
      USING ERRCODE = 'check_violation', TABLE = 'organizations', CONSTRAINT = 'rule_organizations_owner_is_member';
  END IF;
  RETURN NULL;
END
$$;--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "rule_organizations_owner_is_member" AFTER INSERT OR UPDATE OF "owner_id" ON "organizations"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "organization_owner_is_member"();--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "rule_organization_members_owner_stays" AFTER UPDATE OR DELETE ON "organization_members"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "organization_owner_is_member"();--> statement-breakpoint

-- mappings.task remembers the slug only as long as the task is there.
CREATE FUNCTION "mappings_forget_task"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."task" := NULL;
  RETURN NEW;
END
$$;--> statement-breakpoint
CREATE TRIGGER "rule_mappings_forget_task" BEFORE UPDATE OF "task_id" ON "mappings"
  FOR EACH ROW WHEN (OLD."task_id" IS NOT NULL AND NEW."task_id" IS NULL) EXECUTE FUNCTION "mappings_forget_task"();--> statement-breakpoint

-- provider_id points at two tables, so that a foreign key can't remove the registrations of a deleted provider.
CREATE FUNCTION "forget_registrations"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "operation_registrations"
  WHERE "provider_type" = TG_ARGV[0]::"provider_type" AND "provider_id" = OLD."id";
  RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER "rule_spokes_forget_registrations" AFTER DELETE ON "spokes"
  FOR EACH ROW EXECUTE FUNCTION "forget_registrations"('spoke');--> statement-breakpoint
CREATE TRIGGER "rule_clients_forget_registrations" AFTER DELETE ON "clients"
  FOR EACH ROW EXECUTE FUNCTION "forget_registrations"('client');--> statement-breakpoint

-- Events of a run are written once.
CREATE FUNCTION "workflow_run_events_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events of a workflow run never change'
    USING ERRCODE = 'check_violation', TABLE = 'workflow_run_events', CONSTRAINT = 'rule_workflow_run_events_append_only';
END
$$;--> statement-breakpoint
CREATE TRIGGER "rule_workflow_run_events_append_only" BEFORE UPDATE ON "workflow_run_events"
  FOR EACH ROW EXECUTE FUNCTION "workflow_run_events_append_only"();--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (2, '0001_rules', 1);
