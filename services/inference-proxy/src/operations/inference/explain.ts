import { serviceSpec } from '@alkdev/contracts'
import type {
  ExplainedTarget,
  InferenceExplainInput,
  InferenceExplainOutput,
} from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact, uuidv7 } from '@alkdev/std'
import type { ProxyContext } from '../../context.ts'
import type { ModelCall } from '../../ledger/ledger.ts'
import { isBroken } from '../../providers/provider.ts'
import { askedTiers } from '../../prices/tier-names.ts'
import { targetName } from '../../providers/target.ts'
import { readModelBody } from '../../relay/model-body.ts'
import type { Candidate } from '../../routing/candidate.ts'
import { routeCall, targetsOf } from '../../routing/route-call.ts'
import { sessionOf } from '../../routing/session-of.ts'
import { spokenBy } from '../../translate/translated-into.ts'
import { measureBody } from '../../usage/estimate.ts'
import { askedOutputOf } from '../../usage/output-limit.ts'

/** `inference.explain`: the way of a request and its worst case. Sends nothing to a provider and reserves nothing. */
export function inferenceExplain(proxy: ProxyContext): IOperationDefinition {
  return {
    ...serviceSpec('inference.explain'),
    async handler(
      input: InferenceExplainInput,
      context: OperationContext,
    ): Promise<InferenceExplainOutput> {
      const identity = callerOf(context)
      const { model, endpoint = 'chat', body = {}, session } = input
      const headers = compact({ 'x-alkhub-session': session })
      const name = sessionOf(identity, headers, body)
      const candidates = await routeCall(proxy, {
        model,
        protocol: endpoint,
        identity,
        session: name,
        body,
        translates: true,
      }).catch(asCallError)
      const unsuitable = (await targetsOf(proxy, model, identity)).filter(
        (target) => !candidates.some((one) => one.provider.id === target.provider.id),
      )
      const read = readModelBody(Buffer.from(JSON.stringify({ ...body, model })))
      const call: ModelCall = {
        id: uuidv7(),
        identity,
        countedKeyId: identity.keyId,
        instanceId: proxy.runtime.bus.instanceId,
        endpoint,
        requestedModel: model,
        streamed: false,
        targets: candidates,
        body: measureBody(read),
        asked: askedOutputOf(endpoint, read),
        tiers: askedTiers(read.value),
      }
      const whole = await proxy.ledger.worstCase(call)
      return {
        targets: [
          ...(await Promise.all(
            candidates.map(async (candidate) => ({
              ...explained(proxy, candidate),
              worstCostMicros: (await proxy.ledger.worstCase({ ...call, targets: [candidate] }))
                .micros,
            })),
          )),
          ...unsuitable.map((target) => ({
            target: targetName(target),
            state: 'unsuitable' as const,
            reason: `does not serve ${endpoint}`,
            worstCostMicros: null,
          })),
        ],
        sticky: name !== undefined,
        worstTokens: whole.tokens,
        worstCostMicros: whole.micros,
        priceVersion: proxy.prices.version,
      }
    },
  }
}

function explained(
  { routing: { breakers, bench } }: ProxyContext,
  { provider, model, keyName, keyId, targetId, window }: Candidate,
): Omit<ExplainedTarget, 'worstCostMicros'> {
  const openMs = breakers.openForMs(targetId)
  const benched = bench.find(keyId)
  const common = {
    target: targetName({ provider, model }),
    ...compact({
      key: keyName || undefined,
      dialect: isBroken(provider) ? undefined : spokenBy(provider)[0],
      contextWindow: window,
    }),
  }
  if (isBroken(provider)) return { ...common, state: 'broken', reason: provider.broken }
  if (openMs > 0) return { ...common, state: 'open', retryAfterMs: Math.ceil(openMs) }
  if (benched !== undefined)
    return {
      ...common,
      state: 'benched',
      reason: benched.reason,
      retryAfterMs: Math.ceil(benched.forMs),
    }
  return { ...common, state: 'ready' }
}

/** The errors of the way have statuses of their own, which an operation declares. */
function asCallError(error: unknown): never {
  const { code, message, httpStatus } = error as {
    code?: string
    message: string
    httpStatus?: number
  }
  if (code === undefined || httpStatus === undefined) throw error
  throw new CallError(code, message, undefined, { httpStatus, cause: error })
}
