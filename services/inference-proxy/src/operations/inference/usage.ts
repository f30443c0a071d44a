import { serviceSpec } from '@alkdev/contracts'
import type { InferenceUsageInput, InferenceUsageOutput } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { callerOf, instantOf, levelIn } from '@alkdev/service'
import type { Caller } from '@alkdev/service'
import { compact } from '@alkdev/std'
import { isActiveAdmin } from '@alkdev/storage'
import { reportUsage } from '@alkdev/storage/inference'
import type { Db } from '@alkdev/storage'
import type { UsageSum } from '@alkdev/storage/inference'
import type { ProxyContext } from '../../context.ts'
import { inputOf, outputOf } from '../../prices/cost.ts'

const DEFAULT_MS = 30 * 24 * 3600 * 1000

/** `inference.usage` */
export function inferenceUsage({ runtime: { db } }: ProxyContext): IOperationDefinition {
  return {
    ...serviceSpec('inference.usage'),
    async handler(
      input: InferenceUsageInput,
      context: OperationContext,
    ): Promise<InferenceUsageOutput> {
      const { by, model, keyId, sessionId, runId, limit, cursor } = input
      const whose = await whoseUsage(db, callerOf(context), input)
      const until =
        input.before === undefined
          ? new Date()
          : instantOf('inference.usage', 'before', input.before)
      const since =
        input.from === undefined
          ? new Date(until.getTime() - DEFAULT_MS)
          : instantOf('inference.usage', 'from', input.from)
      // A page that follows asks for the same days, also a moment later.
      const [from, to] = input.before === undefined ? wholeDays(since, until) : [since, until]
      const page = await reportUsage(db, {
        by,
        since: from,
        until: to,
        ...whose,
        ...compact({ model, keyId, sessionId, runId, limit, cursor }),
      })
      return { ...page, items: page.items.map((sum) => viewOf(sum)) }
    },
  }
}

/** From the beginning of the first day to the end of the last one, in UTC. */
function wholeDays(since: Date, until: Date): [Date, Date] {
  const dayMs = 24 * 3600 * 1000
  const floor = (at: Date): number => Math.floor(at.getTime() / dayMs) * dayMs
  return [new Date(floor(since)), new Date(floor(until) + dayMs)]
}

function viewOf(sum: UsageSum): InferenceUsageOutput['items'][number] {
  const { group, calls, failed, estimated, unpriced, costMicros, ...tokens } = sum
  return {
    group,
    calls,
    failed,
    estimated,
    unpriced,
    inputTokens: inputOf(tokens),
    outputTokens: outputOf(tokens),
    tokens,
    costMicros,
  }
}

/** Whose calls are added up. Throws ACCESS_DENIED and ORG_NOT_FOUND. */
async function whoseUsage(
  db: Db,
  caller: Caller,
  { accountId, orgId, all }: InferenceUsageInput,
): Promise<{ accountId?: string; memberOf?: string }> {
  if ([accountId, orgId, all].filter((one) => one !== undefined && one !== false).length > 1)
    throw new CallError('VALIDATION_ERROR', 'Give one of accountId, orgId and all at most.')
  if (orgId !== undefined) {
    const level = await levelIn(db, caller, orgId)
    const mayRead = level === 'owner' || level === 'admin'
    if (mayRead || (await isActiveAdmin(db, caller.id))) return { memberOf: orgId }
    if (level === undefined)
      throw new CallError('ORG_NOT_FOUND', `There is no organization ${orgId} that you may see.`)
    throw new CallError('ACCESS_DENIED', 'Only owners and admins of the organization may do this.')
  }
  if (all === true || (accountId !== undefined && accountId !== caller.id)) {
    if (!(await isActiveAdmin(db, caller.id)))
      throw new CallError(
        'ACCESS_DENIED',
        'Only an account whose access level is admin may do this.',
      )
    return compact({ accountId })
  }
  return { accountId: caller.id }
}
