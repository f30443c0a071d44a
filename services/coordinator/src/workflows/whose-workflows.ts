import { CallError } from '@alkdev/operations'
import { orgIdsOf } from '@alkdev/service'
import type { Caller } from '@alkdev/service'
import { findProject, getVisibleProject } from '@alkdev/storage'
import { findWorkflowVersion, getWorkflowRun, getWorkflowVersion } from '@alkdev/storage/workflows'
import type { Db } from '@alkdev/storage'
import type { WorkflowRun, WorkflowVersion } from '@alkdev/storage/workflows'
import { defaultProject, projectOf } from '../operations/projects/project-of.ts'
import { changeableProject, projectNotFound } from '../operations/projects/project-view.ts'

/** Names a version of a workflow, as the operations take it. */
export interface WhichWorkflow {
  readonly workflowId?: string
  readonly name?: string
  readonly project?: string
  readonly version?: number
}

/** The id of a project by its id or slug that the caller may see; the own `default` one, made on first use, when none is given. Throws PROJECT_NOT_FOUND. */
export async function projectIdOf(
  db: Db,
  caller: Caller,
  project: string | undefined,
): Promise<string> {
  if (project === undefined || project === defaultProject)
    return (await projectOf(db, caller.id)).id
  const viewer = { accountId: caller.id, orgIds: await orgIdsOf(db, caller) }
  const found =
    (await getVisibleProject(db, project, viewer)) ?? (await findProject(db, project, viewer))
  if (found === undefined) throw projectNotFound(project)
  return found.id
}

/** The same, of a project that the caller may change. Throws ACCESS_DENIED for one that it may only see. */
export async function changeableProjectIdOf(
  db: Db,
  caller: Caller,
  project: string | undefined,
): Promise<string> {
  const projectId = await projectIdOf(db, caller, project)
  await changeableProject(db, caller, projectId)
  return projectId
}

/** A version of a workflow that the caller may see. Throws VALIDATION_ERROR when none or two are named, WORKFLOW_NOT_FOUND (404). */
export async function visibleWorkflow(
  db: Db,
  caller: Caller,
  { workflowId, name, project, version }: WhichWorkflow,
): Promise<WorkflowVersion> {
  if ((workflowId === undefined) === (name === undefined))
    throw new CallError('VALIDATION_ERROR', 'Give one of workflowId and name.')
  if (name !== undefined) {
    const found = await findWorkflowVersion(
      db,
      await projectIdOf(db, caller, project),
      name,
      version,
    )
    if (found === undefined) throw workflowNotFound(name)
    return found
  }
  const found = await getWorkflowVersion(db, workflowId ?? '')
  if (found === undefined || !(await maySee(db, caller, found.projectId)))
    throw workflowNotFound(workflowId ?? '')
  return found
}

function workflowNotFound(name: string): CallError {
  const message = `There is no workflow ${name}.`
  return new CallError('WORKFLOW_NOT_FOUND', message, { workflow: name }, { httpStatus: 404 })
}

/** A run that the caller may see: the own ones, and those of projects that it may see. Throws RUN_NOT_FOUND (404). */
export async function visibleRun(db: Db, caller: Caller, runId: string): Promise<WorkflowRun> {
  const run = await getWorkflowRun(db, runId)
  if (run === undefined) throw runNotFound(runId)
  if (run.accountId !== caller.id && !(await maySee(db, caller, run.projectId)))
    throw runNotFound(runId)
  return run
}

/** A run that the caller has started. Throws RUN_NOT_FOUND, and ACCESS_DENIED for one that it may only see. */
export async function ownRun(db: Db, caller: Caller, runId: string): Promise<WorkflowRun> {
  const run = await visibleRun(db, caller, runId)
  if (run.accountId === caller.id) return run
  throw new CallError('ACCESS_DENIED', 'Only the account that started a run may do this.', {
    runId,
  })
}

function runNotFound(runId: string): CallError {
  return new CallError('RUN_NOT_FOUND', `There is no run ${runId}.`, { runId }, { httpStatus: 404 })
}

async function maySee(db: Db, caller: Caller, projectId: string): Promise<boolean> {
  const viewer = { accountId: caller.id, orgIds: await orgIdsOf(db, caller) }
  return (await getVisibleProject(db, projectId, viewer)) !== undefined
}
