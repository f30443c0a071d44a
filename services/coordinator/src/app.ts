import { serviceSpec } from '@alkdev/contracts'
import { auditDenials, ServiceRegistry } from '@alkdev/service'
import type { CoordinatorContext } from './context.ts'
import { projectsCreate } from './operations/projects-create.ts'
import { projectsDelete } from './operations/projects-delete.ts'
import { projectsGet } from './operations/projects-get.ts'
import { projectsList } from './operations/projects-list.ts'
import { projectsUpdate } from './operations/projects-update.ts'
import { rolesCheck } from './operations/roles-check.ts'
import { rolesCreate } from './operations/roles-create.ts'
import { rolesDelete } from './operations/roles-delete.ts'
import { rolesGet } from './operations/roles-get.ts'
import { rolesList } from './operations/roles-list.ts'
import { rolesUpdate } from './operations/roles-update.ts'
import { listTasksOf } from './operations/tasks-list.ts'
import { syncTaskFiles } from './operations/tasks-sync.ts'
import { workspacesCreate } from './operations/workspaces-create.ts'
import { workspacesDelete } from './operations/workspaces-delete.ts'
import { workspacesGet } from './operations/workspaces-get.ts'
import { workspacesList } from './operations/workspaces-list.ts'
import { workspacesUpdate } from './operations/workspaces-update.ts'

const queries = [
  projectsGet,
  projectsList,
  rolesCheck,
  rolesGet,
  rolesList,
  workspacesGet,
  workspacesList,
] as const
/** What they refuse is in the audit log, too. */
const mutations = [
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

/** Operations of the coordinator. Over HTTP it answers for its health only. */
export function buildApp(context: CoordinatorContext): void {
  const { bus, db, logger } = context.runtime
  const registry = new ServiceRegistry(logger)
  registry.serve({ ...serviceSpec('tasks.sync'), handler: syncTaskFiles(context) })
  registry.serve({ ...serviceSpec('tasks.list'), handler: listTasksOf(context) })
  registry.serveAll(queries.map((define) => define(context)))
  registry.serveAll(mutations.map((define) => auditDenials(define(context), db, logger)))
  bus.serveService(registry)
}
