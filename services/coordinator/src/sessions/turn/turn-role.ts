import { loadRoles } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import type { SessionRow } from '@alkdev/storage/sessions'
import { effectiveRole, roleChain } from '../../roles/effective-role.ts'

/** What a role says beside its rules. */
export interface TurnRole {
  readonly prompt: string | undefined
  readonly temperature: number | undefined
  readonly model: string | undefined
  readonly nativeTools: readonly string[]
  readonly maxSteps: number | undefined
  readonly concurrency: number
  /** Milliseconds of work on a turn. */
  readonly turnMs: number | undefined
  /** Milliseconds of a step. */
  readonly stepMs: number | undefined
  readonly contextTokens: number | undefined
  /** Operations of the spoke of the workspace that have no worktree in their input may be called. */
  readonly unbound: boolean
}

const NO_ROLE: TurnRole = {
  prompt: undefined,
  temperature: undefined,
  model: undefined,
  nativeTools: [],
  maxSteps: undefined,
  concurrency: 4,
  turnMs: undefined,
  stepMs: undefined,
  contextTokens: undefined,
  unbound: false,
}
const MAX_CONCURRENCY = 32

/** The role of a session as it is now. */
export async function turnRole(db: Db, { roleId }: SessionRow): Promise<TurnRole> {
  if (roleId === null) return NO_ROLE
  const all = await loadRoles(db)
  const role = all.find(({ id }) => id === roleId)
  if (role === undefined) return NO_ROLE
  const chain = roleChain(role, all)
  const { prompt, temperature } = effectiveRole(chain)
  const dataOf = (name: string): unknown =>
    chain.map(({ data }) => data?.[name]).find((value) => value !== undefined)
  const numberOf = (name: string): number | undefined => {
    const value = dataOf(name)
    return typeof value === 'number' && value > 0 ? value : undefined
  }
  const native = dataOf('nativeTools')
  const model = dataOf('model')
  return {
    prompt,
    temperature,
    model: typeof model === 'string' ? model : undefined,
    nativeTools: Array.isArray(native)
      ? native.filter((one): one is string => typeof one === 'string')
      : [],
    maxSteps: numberOf('maxSteps'),
    concurrency: Math.min(numberOf('concurrency') ?? NO_ROLE.concurrency, MAX_CONCURRENCY),
    turnMs: numberOf('turnMs'),
    stepMs: numberOf('stepMs'),
    contextTokens: numberOf('contextTokens'),
    unbound: dataOf('unbound') === true,
  }
}
