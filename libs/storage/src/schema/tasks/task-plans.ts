import { bigint, pgTable, text } from 'drizzle-orm/pg-core'
import { projects } from '../projects/projects.ts'

/**
 * A number that rises with each statement that changes tasks or dependencies of a project, counted by triggers. Who has read the plan of a project
 * reads it again only when the number is another one.
 */
export const taskPlans = pgTable('task_plans', {
  projectId: text()
    .primaryKey()
    .references(() => projects.id, { onDelete: 'cascade' }),
  version: bigint({ mode: 'number' }).notNull(),
})
