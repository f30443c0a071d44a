import { serviceSpec } from '@alkdev/contracts'
import type { LimitsGetInput, LimitsOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { LimitBucket, RateLimiter } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { findKeyHolder, getRequestLimits } from '@alkdev/storage'
import type { Db, LimitSubject, StoredLimits } from '@alkdev/storage'
import { compact, sharedNow } from '@alkdev/std'
import type { GatewayContext } from '../../context.ts'
import { requireVisible, subjectNotFound, subjectOf } from './subject-of.ts'

/** Limits with their remaining amounts. */
async function limitsView(
  limiter: RateLimiter,
  buckets: readonly LimitBucket[],
): Promise<LimitsOutput> {
  const states = await limiter.look(buckets)
  const now = sharedNow()
  const items = buckets.map(({ of, id, window, limit }, at) => {
    const state = states?.[at]
    return {
      of,
      id,
      window,
      limit,
      ...(state && {
        remaining: state.remaining,
        resetAt: new Date(now + state.resetMs).toISOString(),
      }),
    }
  })
  return { items }
}

/** The limits of the queued calls of an account; nothing when it has none of its own. */
function queuedView(
  accountId: string,
  limits: StoredLimits | null | undefined,
): Partial<LimitsOutput> {
  const { queuedAtATime: atATime, queuedPerSecond: perSecond } = limits ?? {}
  if (atATime === undefined && perSecond === undefined) return {}
  return { queued: { accountId, ...compact({ atATime, perSecond }) } }
}

/** The limits of one subject. Throws like `subjectNotFound` when there is none. */
export async function subjectView(
  db: Db,
  limiter: RateLimiter,
  subject: LimitSubject,
): Promise<LimitsOutput> {
  const own = await getRequestLimits(db, subject)
  if (own === undefined) throw subjectNotFound(subject)
  const countedAs =
    subject.of === 'key' ? (await findKeyHolder(db, subject.id))?.countedAs : undefined
  const buckets = limiter.table.bucketsFor(subject.of, subject.id, own ?? undefined, countedAs)
  return {
    ...(await limitsView(limiter, buckets)),
    ...(subject.of === 'account' && queuedView(subject.id, own)),
  }
}

/** `limits.get` */
export function limitsGet(gateway: GatewayContext): IOperationDefinition {
  const {
    runtime: { db },
    limiter,
  } = gateway
  return {
    ...serviceSpec('limits.get'),
    async handler(input: LimitsGetInput, context: OperationContext): Promise<LimitsOutput> {
      const caller = callerOf(context)
      const subject = subjectOf(input)
      if (subject !== undefined) {
        await requireVisible(gateway, caller, subject)
        return subjectView(db, limiter, subject)
      }
      const { table } = limiter
      const holder = caller.keyId === undefined ? undefined : await findKeyHolder(db, caller.keyId)
      const view = await limitsView(limiter, [
        ...(holder === undefined
          ? []
          : table.bucketsFor(
              'key',
              holder.key.id,
              holder.key.requestLimits ?? undefined,
              holder.countedAs,
            )),
        ...table.bucketsFor('account', caller.id, holder?.accountLimits ?? undefined),
        ...(holder?.orgIds ?? []).flatMap((orgId) =>
          table.bucketsFor('organization', orgId, holder?.orgLimits[orgId]),
        ),
      ])
      return { ...view, ...queuedView(caller.id, holder?.accountLimits) }
    },
  }
}
