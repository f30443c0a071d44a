CREATE TABLE "queue_starts" (
	"subject" text PRIMARY KEY NOT NULL,
	"second" timestamp (3) with time zone NOT NULL,
	"started" integer NOT NULL
);--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (21, '0020_queue_starts', 20);
