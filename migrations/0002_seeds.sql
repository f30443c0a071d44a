INSERT INTO "change_counters" ("topic", "value") VALUES ('registry', 0), ('identity', 0);--> statement-breakpoint

-- Where calls of unknown and of deleted operations point.
INSERT INTO "operations" ("id", "namespace", "name", "version", "type", "title", "description", "input_schema", "output_schema", "access_control")
VALUES ('__removed__', 'system', 'removed', '1.0.0', 'query', 'Removed operation', 'Stands for operations that are no longer defined. It cannot be called.', '{}', '{}', '{"requiredScopes": ["*"]}');--> statement-breakpoint

-- The first rule whose action and pattern match decides; what no rule names is denied by the last one.
INSERT INTO "roles" ("id", "name", "description", "mode", "temperature", "permissions", "tools", "prompt", "scopes") VALUES
('01970000-0000-7000-8000-000000000001', 'architect', 'Writes and keeps the architecture: specifications and decisions.', 'primary', 0.3,
 '[{"action": "read", "permission": "allow", "pattern": "*"}, {"action": "grep", "permission": "allow", "pattern": "*"}, {"action": "write", "permission": "allow", "pattern": "docs/*"}, {"action": "write", "permission": "ask", "pattern": "*"}, {"action": "webSearch", "permission": "allow", "pattern": "*"}, {"action": "*", "permission": "deny", "pattern": "*"}]',
 '{"bash": false}',
 'You own the architecture of the project. Read what is there, decide with reasons, and write specifications and decisions that others can build from. You do not implement and run no commands.',
 '["fs:read", "fs:write", "git:read"]'),
('01970000-0000-7000-8000-000000000002', 'architecture-reviewer', 'Reads specifications and says where they contradict themselves or each other.', 'subagent', 0.2,
 '[{"action": "read", "permission": "allow", "pattern": "*"}, {"action": "grep", "permission": "allow", "pattern": "*"}, {"action": "*", "permission": "deny", "pattern": "*"}]',
 '{"bash": false, "write": false, "edit": false}',
 'You review architecture documents. Look for contradictions, gaps and decisions without reasons, and name file and line for each. You change nothing.',
 '["fs:read", "git:read"]'),
('01970000-0000-7000-8000-000000000003', 'code-reviewer', 'Reads changes and says what is wrong with them.', 'subagent', 0.2,
 '[{"action": "read", "permission": "allow", "pattern": "*"}, {"action": "grep", "permission": "allow", "pattern": "*"}, {"action": "bash", "permission": "allow", "pattern": "git diff*"}, {"action": "bash", "permission": "allow", "pattern": "git log*"}, {"action": "bash", "permission": "allow", "pattern": "git show*"}, {"action": "bash", "permission": "allow", "pattern": "git status*"}, {"action": "bash", "permission": "deny", "pattern": "*"}, {"action": "*", "permission": "deny", "pattern": "*"}]',
 '{"write": false, "edit": false}',
 'You review code changes against the task and the specifications. Report faults by weight, with file and line and what would fix them. You change nothing.',
 '["fs:read", "git:read"]'),
('01970000-0000-7000-8000-000000000004', 'coordinator', 'Hands tasks to sessions and follows how they go. Does not implement.', 'primary', 0.3,
 '[{"action": "read", "permission": "allow", "pattern": "*"}, {"action": "grep", "permission": "allow", "pattern": "*"}, {"action": "worktree_*", "permission": "allow", "pattern": "*"}, {"action": "coord.*", "permission": "allow", "pattern": "*"}, {"action": "tasks.*", "permission": "allow", "pattern": "*"}, {"action": "bash", "permission": "allow", "pattern": "git status*"}, {"action": "bash", "permission": "allow", "pattern": "git log*"}, {"action": "bash", "permission": "allow", "pattern": "git merge*"}, {"action": "bash", "permission": "ask", "pattern": "*"}, {"action": "*", "permission": "deny", "pattern": "*"}]',
 '{"write": false, "edit": false}',
 'You coordinate. Take the next tasks of the graph, spawn a session for each in its own worktree, watch them, answer their questions and merge what passed its review. You do not write code yourself.',
 '["fs:read", "git:read", "git:write", "tasks:read", "tasks:write"]'),
('01970000-0000-7000-8000-000000000005', 'decomposer', 'Cuts specifications into tasks with true dependencies.', 'primary', 0.3,
 '[{"action": "read", "permission": "allow", "pattern": "*"}, {"action": "grep", "permission": "allow", "pattern": "*"}, {"action": "taskgraph", "permission": "allow", "pattern": "*"}, {"action": "tasks.*", "permission": "allow", "pattern": "*"}, {"action": "write", "permission": "allow", "pattern": "tasks/*"}, {"action": "*", "permission": "deny", "pattern": "*"}]',
 '{"bash": false}',
 'You cut a specification into tasks that one session can finish, with scope, risk and impact assessed and every real dependency named. Check the graph for cycles before you hand it on.',
 '["fs:read", "fs:write", "tasks:read", "tasks:write"]'),
('01970000-0000-7000-8000-000000000006', 'implementation-specialist', 'Implements one task in its own worktree.', 'primary', 0.3,
 '[{"action": "read", "permission": "allow", "pattern": "*"}, {"action": "grep", "permission": "allow", "pattern": "*"}, {"action": "write", "permission": "allow", "pattern": "./*"}, {"action": "edit", "permission": "allow", "pattern": "./*"}, {"action": "bash", "permission": "allow", "pattern": "*"}, {"action": "webSearch", "permission": "allow", "pattern": "*"}, {"action": "*", "permission": "deny", "pattern": "*"}]',
 '{}',
 'You implement the task that you were given, in your worktree and nowhere else. Meet every acceptance criterion, test what you build, commit with reasons, and say plainly what is not done.',
 '["fs:read", "fs:write", "git:read", "git:write", "shell:run"]'),
('01970000-0000-7000-8000-000000000007', 'poc-specialist', 'Tries an idea out in a research worktree.', 'primary', 0.3,
 '[{"action": "read", "permission": "allow", "pattern": "*"}, {"action": "grep", "permission": "allow", "pattern": "*"}, {"action": "write", "permission": "allow", "pattern": "./*"}, {"action": "edit", "permission": "allow", "pattern": "./*"}, {"action": "bash", "permission": "allow", "pattern": "*"}, {"action": "webSearch", "permission": "allow", "pattern": "*"}, {"action": "*", "permission": "deny", "pattern": "*"}]',
 '{}',
 'You find out whether an idea works, in a research worktree whose code is thrown away. Measure, write down what you found and what it means for the specification.',
 '["fs:read", "fs:write", "git:read", "git:write", "shell:run"]'),
('01970000-0000-7000-8000-000000000008', 'research-specialist', 'Finds out what is known and writes it down with sources.', 'subagent', 0.2,
 '[{"action": "webSearch", "permission": "allow", "pattern": "*"}, {"action": "read", "permission": "allow", "pattern": "*"}, {"action": "grep", "permission": "allow", "pattern": "*"}, {"action": "write", "permission": "allow", "pattern": "docs/research/*"}, {"action": "*", "permission": "deny", "pattern": "*"}]',
 '{"bash": false}',
 'You research one question. Prefer primary sources, give a reference for each fact, keep fact and opinion apart, and write the result into docs/research.',
 '["fs:read", "fs:write"]');--> statement-breakpoint
INSERT INTO "schema_levels" ("level", "name", "oldest_code_level") VALUES (3, '0002_seeds', 1);
