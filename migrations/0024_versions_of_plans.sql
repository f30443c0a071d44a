CREATE TABLE "task_plans" (
	"project_id" text PRIMARY KEY NOT NULL,
	"version" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "task_plans" ADD CONSTRAINT "task_plans_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE FUNCTION "count_plan_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Of a project that is deleted with its tasks nothing is counted.
  INSERT INTO "task_plans" ("project_id", "version")
  SELECT p."id", 1 FROM "projects" p WHERE p."id" IN (SELECT c."project_id" FROM "changed" c) ORDER BY p."id"
  ON CONFLICT ("project_id") DO UPDATE SET "version" = "task_plans"."version" + 1;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "tasks_plan_inserted" AFTER INSERT ON "tasks" REFERENCING NEW TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "count_plan_change"();
--> statement-breakpoint
CREATE TRIGGER "tasks_plan_updated" AFTER UPDATE ON "tasks" REFERENCING NEW TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "count_plan_change"();
--> statement-breakpoint
CREATE TRIGGER "tasks_plan_deleted" AFTER DELETE ON "tasks" REFERENCING OLD TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "count_plan_change"();
--> statement-breakpoint
CREATE TRIGGER "task_dependencies_plan_inserted" AFTER INSERT ON "task_dependencies" REFERENCING NEW TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "count_plan_change"();
--> statement-breakpoint
CREATE TRIGGER "task_dependencies_plan_updated" AFTER UPDATE ON "task_dependencies" REFERENCING NEW TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "count_plan_change"();
--> statement-breakpoint
CREATE TRIGGER "task_dependencies_plan_deleted" AFTER DELETE ON "task_dependencies" REFERENCING OLD TABLE AS "changed" FOR EACH STATEMENT EXECUTE FUNCTION "count_plan_change"();
--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (25, '0024_versions_of_plans', 20);
