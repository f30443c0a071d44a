import { serviceSpec, workflowRunOf } from '@alkdev/contracts'
import type { Session, SessionsCreateInput } from '@alkdev/contracts/agents'
import { audit, callerOf } from '@alkdev/service'
import { sha256Hex } from '@alkdev/crypto'
import { CodedError } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import type { Identity, IOperationDefinition, OperationContext } from '@alkdev/operations'
import { canonicalJson, must, uuidv7 } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { createdWith, createSession, getSession } from '@alkdev/storage/sessions'
import type { SessionWithOrg } from '@alkdev/storage/sessions'
import type { Db } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { acceptPrompt } from '../../sessions/accept-prompt.ts'
import { checkModel } from '../../sessions/check-model.ts'
import { requireModel } from '../../sessions/require-model.ts'
import { newSessionGrant } from '../../sessions/session-grants.ts'
import { sessionView } from '../../sessions/session-views.ts'
import { refuseSessions } from '../../sessions/whose-sessions.ts'
import { projectIdOf } from '../../workflows/whose-workflows.ts'
import { roleOf } from '../roles/role-view.ts'
import { visibleWorkspace } from '../workspaces/workspace-view.ts'

const TITLE = 'New session'
const MAX_TITLE = 80

/** `sessions.create`. The same id and input of the same account give the same session to all who ask, also at once. */
export function sessionsCreate({ runtime, sessions }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('sessions.create'),
    async handler(input: SessionsCreateInput, context: OperationContext): Promise<Session> {
      const caller = callerOf(context)
      refuseSessions(caller, 'sessions.create')
      if (input.mode === 'external' && input.prompt !== undefined)
        throw new CallError('VALIDATION_ERROR', 'An external session takes no prompt.', {
          errors: [{ path: '/prompt', message: 'must not be given with the mode `external`' }],
        })
      const { sessionId = uuidv7(), ...given } = input
      const inputHash = sha256Hex(canonicalJson(given))
      const known = await getSession(db, sessionId)
      if (known !== undefined) return createdBefore(known, caller, inputHash)
      const projectId = await projectIdOf(db, caller, input.project)
      const workspaceId = await workspaceOf(db, caller, projectId, input.workspaceId)
      const role = input.role === undefined ? undefined : await roleOf(db, input.role)
      await checkModel(runtime, caller, input.model)
      const create = inTransaction(db, async (tx) => {
        await createSession(tx, {
          id: sessionId,
          accountId: caller.id,
          projectId,
          workspaceId,
          grantId: await newSessionGrant(tx, caller),
          title: input.title ?? titleOf(input.prompt),
          mode: input.mode,
          roleId: role?.id,
          roleName: role?.name,
          roleChain: role === undefined ? [] : [role.id],
          model: input.model,
          instructions: input.instructions,
          inputHash,
        })
        await audit(tx, context, {
          action: 'sessions.created',
          targetType: 'session',
          targetId: sessionId,
          data: { projectId, ...(role !== undefined && { role: role.name }) },
        })
        if (input.prompt === undefined) return
        const { prompt: text } = input
        const runId = workflowRunOf(context.metadata)
        const { session } = await acceptPrompt(tx, caller, sessionId, { text, runId })
        await requireModel(tx, runtime, session)
      })
      try {
        await create
      } catch (error) {
        // One that was asked for at the same moment may have been faster.
        const other =
          CodedError.from(error).code === 'CONFLICT' ? await getSession(db, sessionId) : undefined
        if (other === undefined) throw error
        return createdBefore(other, caller, inputHash)
      }
      const row = must(await getSession(db, sessionId))
      sessions.onChanged(row, 'created')
      return sessionView(row)
    },
  }
}

/** Throws CONFLICT for a session of another account, or that was made of another input. Those of older versions don't say of which. */
function createdBefore(session: SessionWithOrg, caller: Identity, inputHash: string): Session {
  if (session.accountId === caller.id && (createdWith(session) ?? inputHash) === inputHash)
    return sessionView(session)
  throw new CallError('CONFLICT', 'This session id is taken; ask with another one.')
}

/** The first line of the prompt. */
function titleOf(prompt: string | undefined): string {
  const line = prompt
    ?.split('\n')
    .map((one) => one.replaceAll(/\p{C}/gu, '').trim())
    .find((one) => one !== '')
  if (line === undefined) return TITLE
  return line.length <= MAX_TITLE ? line : `${line.slice(0, MAX_TITLE - 1).trimEnd()}…`
}

/** Throws WORKSPACE_NOT_FOUND, also for one of another project, and CONFLICT for one that is archived. */
export async function workspaceOf(
  db: Db,
  caller: Identity,
  projectId: string,
  workspaceId: string | undefined,
): Promise<string | undefined> {
  if (workspaceId === undefined) return undefined
  const { row } = await visibleWorkspace(db, caller, workspaceId)
  if (row.projectId !== projectId)
    throw new CallError('VALIDATION_ERROR', 'The workspace belongs to another project.', {
      errors: [{ path: '/workspaceId', message: 'must be a workspace of the project' }],
    })
  if (row.status === 'archived') throw new CallError('CONFLICT', 'The workspace is archived.')
  return workspaceId
}
