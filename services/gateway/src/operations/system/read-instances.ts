import type { InstanceInfo } from '@alkdev/bus'
import type { SystemInstance } from '@alkdev/contracts'
import type { Dispatcher } from 'undici'

/** Milliseconds for an instance to tell its state. */
const ANSWER_MS = 2000

/** What `/health` of an instance says, as far as it is used here. */
interface Report {
  readonly status?: 'ready' | 'not-ready' | 'draining'
  readonly dependencies?: { readonly redis?: boolean; readonly postgres?: boolean }
  readonly steps?: readonly { readonly durationMs?: number }[]
}

/** Asks each instance for its state, all at the same time. One that does not answer has the status `no-answer`. By service, the oldest first. */
export async function readInstances(
  instances: readonly InstanceInfo[],
  agent: Dispatcher,
): Promise<readonly SystemInstance[]> {
  const found = await Promise.all(instances.map((one) => readInstance(one, agent)))
  return found.toSorted(
    (a, b) => a.service.localeCompare(b.service) || a.startedAt.localeCompare(b.startedAt),
  )
}

async function readInstance(
  { instanceId, service, url, draining, load, startedAt }: InstanceInfo,
  agent: Dispatcher,
): Promise<SystemInstance> {
  const known = {
    instanceId,
    service,
    startedAt: new Date(startedAt).toISOString(),
    calls: load,
  }
  const begunAt = performance.now()
  try {
    const { body } = await agent.request({
      origin: new URL(url).origin,
      path: '/health',
      method: 'GET',
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    const { status, dependencies, steps = [] } = (await body.json()) as Report
    return {
      ...known,
      status: draining ? 'draining' : (status ?? 'not-ready'),
      answeredMs: Math.round((performance.now() - begunAt) * 10) / 10,
      startMs: Math.round(steps.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0)),
      ...(dependencies?.redis !== undefined && { redis: dependencies.redis }),
      ...(dependencies?.postgres !== undefined && { postgres: dependencies.postgres }),
    }
  } catch {
    return { ...known, status: draining ? 'draining' : 'no-answer' }
  }
}
