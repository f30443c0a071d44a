import { CodedError } from '@alkdev/errors'
import { sleep } from '@alkdev/std'
import {
  findLostCalls,
  pruneBudgetEntries,
  returnLostSlices,
  settleCalls,
} from '@alkdev/storage/inference'
import type { LostCall, SettledAttempt, SettledCall } from '@alkdev/storage/inference'
import type { ProxyContext } from '../context.ts'
import { isBroken } from '../providers/provider.ts'
import { chargeOf } from '../prices/charge.ts'
import { tiersOfTags } from '../prices/tier-names.ts'
import type { TierCost } from '../prices/tier-prices.ts'
import { NO_TOKENS } from '../usage/usage.ts'
import { allTokens, NOTHING_USED, priceUsage } from '../ledger/amounts.ts'

const MAX_CALLS = 500
/** Entries of budgets are deleted so often. */
const PRUNE_MS = 3_600_000

/**
 * Settles calls whose proxy was lost, as estimates: with the input of the request, and the output that was last noted. Looks three times in
 * a lease, in every replica: what one of them settles, the others find settled. Never rejects.
 */
export async function keepSettlingLostCalls(context: ProxyContext): Promise<void> {
  const { signal, config } = context.runtime
  let pruneAt = 0
  while (!signal.aborted) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    await settleLostCalls(context)
    if (performance.now() > pruneAt) {
      pruneAt = performance.now() + PRUNE_MS
      // oxlint-disable-next-line no-await-in-loop
      await prune(context)
    }
    // oxlint-disable-next-line no-await-in-loop
    await sleep(config.inference.callLeaseMs / 3, signal).catch(() => undefined)
  }
}

/** One look. Never rejects. */
export async function settleLostCalls(context: ProxyContext): Promise<void> {
  const { db, logger } = context.runtime
  try {
    const lost = await findLostCalls(db, MAX_CALLS)
    const ends = await Promise.all(lost.map((call) => endOf(context, call)))
    const settled = ends.length === 0 ? [] : await settleCalls(db, ends)
    await returnLostSlices(db)
    if (settled.length > 0)
      logger.warn({ calls: settled.length }, 'calls of a lost proxy were settled as estimates')
  } catch (error) {
    logger.warn({ err: CodedError.from(error) }, 'lost calls could not be settled')
  }
}

async function prune({ runtime: { db, logger } }: ProxyContext): Promise<void> {
  await pruneBudgetEntries(db).catch((error: unknown) =>
    logger.warn({ err: error }, 'entries of budgets could not be pruned'),
  )
}

async function endOf(context: ProxyContext, call: LostCall): Promise<SettledCall> {
  const { provider, model, inputTokens, outputTokens, leaseUntil, startedAt } = call
  const endedAt = leaseUntil ?? startedAt
  const target = `${provider}/${model}`
  const used =
    provider === null || model === null
      ? NOTHING_USED
      : priceUsage(
          {
            tokens: { ...NO_TOKENS, input: inputTokens, output: outputTokens },
            inconsistent: false,
          },
          'estimate',
          await costOf(context, call, provider, model),
          context.prices.version,
        )
  const amounts = {
    ...used,
    upstreamRequestId: null,
    firstTokenMs: null,
    totalMs: Math.max(0, endedAt.getTime() - startedAt.getTime()),
  }
  const attempt: readonly SettledAttempt[] =
    provider === null || model === null
      ? []
      : [
          {
            ...amounts,
            attempt: 1,
            provider,
            model,
            target,
            tokens: allTokens(used),
            status: null,
            code: 'PROXY_LOST',
            startedAt,
          },
        ]
  return {
    id: call.id,
    parentId: call.parentId ?? undefined,
    accountId: call.accountId,
    keyId: call.keyId ?? undefined,
    orgId: call.orgId ?? undefined,
    sessionId: call.sessionId ?? undefined,
    endpoint: call.endpoint,
    requestedModel: call.requestedModel,
    streamed: call.streamed,
    startedAt,
    subjects: [],
    targets: [],
    ...amounts,
    provider,
    model,
    status: null,
    code: 'PROXY_LOST',
    attempts: attempt,
    inconsistent: false,
    endedBy: 'hub',
    truncated: true,
    settledBy: 'sweep',
    endedAt,
  }
}

/** In the dearest tier that the call may have been served in. */
async function costOf(
  { providers, prices }: ProxyContext,
  { inputTokens, outputTokens, tags, startedAt }: LostCall,
  name: string,
  model: string,
): Promise<TierCost> {
  const provider = (await providers.all()).get(name)
  const baseUrl = provider === undefined || isBroken(provider) ? '' : provider.config.baseUrl
  const tokens = { ...NO_TOKENS, input: inputTokens, output: outputTokens }
  const priced = { provider: { name, baseUrl }, model, at: startedAt }
  return chargeOf(prices, priced, { asked: tiersOfTags(tags), used: undefined }, tokens)
}
