import { serviceSpec } from '@alkdev/contracts'
import type { LimitsGetInput, LimitsOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { LimitBucket, RateLimiter } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { findKeyHolder, getRequestLimits } from '@alkdev/storage'
import type { Db, LimitSubject } from '@alkdev/storage'
import { sharedNow } from '@alkdev/std'
import type { GatewayContext } from '../../context.ts'
import { requireVisible, subjectNotFound, subjectOf } from './subject-of.ts'

/** Limits with their remaining amounts. */
export async function limitsView(
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

/** Throws like `subjectNotFound` when there is none. */
export async function subjectBuckets(
  db: Db,
  limiter: RateLimiter,
  subject: LimitSubject,
): Promise<readonly LimitBucket[]> {
  const own = await getRequestLimits(db, subject)
  if (own === undefined) throw subjectNotFound(subject)
  const countedAs =
    subject.of === 'key' ? (await findKeyHolder(db, subject.id))?.countedAs : undefined
  return limiter.table.bucketsFor(subject.of, subject.id, own ?? undefined, countedAs)
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
        return limitsView(limiter, await subjectBuckets(db, limiter, subject))
      }
      const { table } = limiter
      const holder = caller.keyId === undefined ? undefined : await findKeyHolder(db, caller.keyId)
      return limitsView(limiter, [
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
    },
  }
}
