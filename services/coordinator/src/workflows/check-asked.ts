import { WORKFLOW_STEPS } from '@alkdev/contracts'
import type { WorkflowProblem } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import { accountsThatSee } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { getWorkflowRun } from '@alkdev/storage/workflows'
import type { TemplateOperation } from './template-document.ts'

const PREFIX = 'account:'
/** The same whether the account exists or not. */
const MESSAGE = 'may not see the runs of this workflow'

/** Whose runs, and where: who may be asked follows from it. */
export interface AskingRun {
  readonly accountId: string | null
  readonly projectId: string
}

/** Throws VALIDATION_ERROR when a step asks an account that may not see the run. */
export async function requireAskable(
  db: Db,
  run: AskingRun,
  askedOf: readonly string[] | undefined,
): Promise<void> {
  const refused = await othersOf(db, run, askedOf ?? [])
  if (refused.length === 0) return
  const errors = refused.map((name) => ({
    path: `/askedOf/${(askedOf ?? []).indexOf(name)}`,
    message: MESSAGE,
  }))
  throw new CallError(
    'VALIDATION_ERROR',
    `The step asks ${refused.join(', ')}, which ${MESSAGE}.`,
    {
      errors,
    },
  )
}

/** Throws ACCESS_DENIED for the answer of an account that was asked and may not see the run any more. */
export async function requireAnswerer(db: Db, runId: string, accountId: string): Promise<void> {
  const run = await getWorkflowRun(db, runId)
  if (run === undefined) return
  const refused = await othersOf(db, run, [`${PREFIX}${accountId}`])
  if (refused.length === 0) return
  throw new CallError(
    'ACCESS_DENIED',
    'The account may not see the run of this approval any more.',
    {
      runId,
    },
  )
}

/** True when a step names accounts that it asks. */
export function namesAsked(operations: readonly TemplateOperation[]): boolean {
  return operations.some((operation) => namesOf(operation).length > 0)
}

/** The steps of a template that ask accounts which may not see its runs; what is filled in is checked when the step asks. */
export async function askedProblems(
  db: Db,
  run: AskingRun,
  operations: readonly TemplateOperation[],
): Promise<readonly WorkflowProblem[]> {
  const asking = operations
    .map((operation) => ({ node: operation.node, names: namesOf(operation) }))
    .filter(({ names }) => names.length > 0)
  const refused = new Set(
    await othersOf(
      db,
      run,
      asking.flatMap(({ names }) => names),
    ),
  )
  return asking.flatMap(({ node, names }) =>
    [...new Set(names)]
      .filter((name) => refused.has(name))
      .map((name) => ({
        reason: 'not-allowed' as const,
        message: `${node} asks ${name}, which ${MESSAGE}.`,
        node,
        path: '/askedOf',
      })),
  )
}

async function othersOf(
  db: Db,
  { accountId, projectId }: AskingRun,
  names: readonly string[],
): Promise<readonly string[]> {
  const others = [...new Set(names)].filter((name) => name !== `${PREFIX}${accountId}`)
  if (others.length === 0) return []
  const known = await accountsThatSee(
    db,
    projectId,
    others.map((name) => name.slice(PREFIX.length)),
  )
  return others.filter((name) => !known.has(name.slice(PREFIX.length)))
}

/** The accounts that are named in the input of a step as it is written. */
function namesOf({ name, input }: TemplateOperation): readonly string[] {
  if (name !== WORKFLOW_STEPS.APPROVAL) return []
  const { askedOf } = (input ?? {}) as { readonly askedOf?: unknown }
  if (!Array.isArray(askedOf)) return []
  return askedOf.filter(
    (name): name is string => typeof name === 'string' && name.startsWith(PREFIX),
  )
}
