-- The owner of an organization is its one member of level owner, whenever a transaction commits. The lock on the organization
-- makes a transfer, a concurrent removal of the new owner and a second owner wait for each other.
CREATE OR REPLACE FUNCTION "organization_owner_is_member"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  the_orgs text[];
  the_org text;
  the_owner text;
  the_owners text[];
BEGIN
  IF TG_TABLE_NAME = 'organizations' THEN the_orgs := ARRAY[NEW."id"];
  ELSIF TG_OP = 'INSERT' THEN the_orgs := ARRAY[NEW."org_id"];
  ELSIF TG_OP = 'DELETE' THEN the_orgs := ARRAY[OLD."org_id"];
  ELSE the_orgs := ARRAY[LEAST(OLD."org_id", NEW."org_id"), GREATEST(OLD."org_id", NEW."org_id")];
  END IF;
  FOREACH the_org IN ARRAY the_orgs LOOP
    SELECT "owner_id" INTO the_owner FROM "organizations" WHERE "id" = the_org FOR NO KEY UPDATE;
    CONTINUE WHEN NOT FOUND;
    SELECT array_agg("account_id") INTO the_owners FROM "organization_members"
    WHERE "org_id" = the_org AND "membership_level" = 'owner';
    IF the_owners IS DISTINCT FROM ARRAY[the_owner] THEN
      RAISE EXCEPTION 'the owner of an organization must be its one member of level owner'
        USING ERRCODE = 'check_violation', TABLE = 'organizations', CONSTRAINT = 'rule_organizations_owner_is_member';
    END IF;
  END LOOP;
  RETURN NULL;
END
$$;--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "rule_organization_members_one_owner" AFTER INSERT ON "organization_members"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW."membership_level" = 'owner')
  EXECUTE FUNCTION "organization_owner_is_member"();--> statement-breakpoint

-- Where there was an active admin there is one, whenever a transaction commits. Of two transactions that end each other's admin the
-- later one waits for the lock, and then sees what the earlier one did.
CREATE FUNCTION "accounts_keep_an_admin"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('rule_accounts_last_admin', 0));
  IF NOT EXISTS (SELECT FROM "accounts" WHERE "access_level" = 'admin' AND "status" = 'active') THEN
    RAISE EXCEPTION 'the last active admin must stay one'
      USING ERRCODE = 'check_violation', TABLE = 'accounts', CONSTRAINT = 'rule_accounts_last_admin';
  END IF;
  RETURN NULL;
END
$$;--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "rule_accounts_last_admin" AFTER UPDATE ON "accounts"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD."access_level" = 'admin' AND OLD."status" = 'active' AND (NEW."access_level" <> 'admin' OR NEW."status" <> 'active'))
  EXECUTE FUNCTION "accounts_keep_an_admin"();--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "rule_accounts_last_admin_deleted" AFTER DELETE ON "accounts"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD."access_level" = 'admin' AND OLD."status" = 'active')
  EXECUTE FUNCTION "accounts_keep_an_admin"();--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (6, '0005_identity_rules', 1);
