import { auditDenials, ServiceRegistry } from '@alkdev/service'
import type { CoordinatorContext } from '../context.ts'
import { callsList } from './calls-list.ts'
import { callsRepeat } from './calls-repeat.ts'
import { callsTree } from './calls-tree.ts'
import { callsWatch } from './calls-watch.ts'
import { callsAwait } from './calls-await.ts'
import { callsDeadLetters } from './calls-dead-letters.ts'
import { callsEnqueueMany } from './calls-enqueue-many.ts'
import { callsEnqueue } from './calls-enqueue.ts'
import { callsQueued } from './calls-queued.ts'
import { callsRepeatDead } from './calls-repeat-dead.ts'
import { projectsCreate } from './projects-create.ts'
import { projectsDelete } from './projects-delete.ts'
import { projectsGet } from './projects-get.ts'
import { projectsList } from './projects-list.ts'
import { projectsUpdate } from './projects-update.ts'
import { rolesCheck } from './roles-check.ts'
import { rolesCreate } from './roles-create.ts'
import { rolesDelete } from './roles-delete.ts'
import { rolesGet } from './roles-get.ts'
import { rolesList } from './roles-list.ts'
import { rolesUpdate } from './roles-update.ts'
import { tasksList } from './tasks-list.ts'
import { tasksSync } from './tasks-sync.ts'
import { workspacesCreate } from './workspaces-create.ts'
import { workspacesDelete } from './workspaces-delete.ts'
import { workspacesGet } from './workspaces-get.ts'
import { workspacesList } from './workspaces-list.ts'
import { workspacesUpdate } from './workspaces-update.ts'

const queries = [
  callsList,
  callsTree,
  callsWatch,
  callsAwait,
  callsDeadLetters,
  callsQueued,
  projectsGet,
  projectsList,
  rolesCheck,
  rolesGet,
  rolesList,
  tasksList,
  workspacesGet,
  workspacesList,
] as const
/** Their refusals are written to the audit log. */
const mutations = [
  callsEnqueue,
  callsEnqueueMany,
  callsRepeatDead,
  projectsCreate,
  projectsDelete,
  projectsUpdate,
  rolesCreate,
  rolesDelete,
  rolesUpdate,
  workspacesCreate,
  workspacesDelete,
  workspacesUpdate,
] as const

/** Serves the operations that the coordinator answers. */
export function registerOperations(context: CoordinatorContext): void {
  const { bus, db, logger } = context.runtime
  const registry = new ServiceRegistry(logger)
  registry.serve(callsRepeat(context))
  registry.serve(tasksSync(context))
  registry.serveAll(queries.map((define) => define(context)))
  registry.serveAll(mutations.map((define) => auditDenials(define(context), db, logger)))
  bus.serveService(registry)
}
