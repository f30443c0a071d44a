import type { Session, SessionMessage } from '@alkdev/contracts/agents'
import { openDatabase } from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { expect, vi } from 'vitest'
import { call as callOver } from '../../http.ts'
import { startTortureStack } from '../stack.ts'
import type { Replica, TortureStack } from '../stack.ts'
import { attachCountingSpoke } from './counting-spoke.ts'
import type { CountingSpoke } from './counting-spoke.ts'
import { startHeldModel } from './held-model.ts'
import type { HeldModel } from './held-model.ts'

/** Real processes below sessions: no coordinator yet, a model and a spoke that the test holds. */
export interface SessionStack extends AsyncDisposable {
  readonly stack: TortureStack
  readonly model: HeldModel
  readonly spoke: CountingSpoke
  readonly proxy: Replica
  readonly database: Database
  /** Attaches the spoke again after its broker was killed; it goes on counting. */
  attachSpoke(): Promise<void>
  /** Calls an operation until it succeeds, at most 30 s. */
  readonly ok: <T = Record<string, unknown>>(operationId: string, input: object) => Promise<T>
  readonly create: (sessionId: string, prompt: string) => Promise<Session>
  /** Waits until the session has no turn, at most 90 s. */
  readonly settled: (sessionId: string) => Promise<Session>
  /** The text of the latest message. */
  readonly lastText: (sessionId: string) => Promise<string>
}

/** Connections of one process: as many transactions can be stopped at a time, and the process works on. */
const CONNECTIONS = 60

/** Starts the stack with a broker, a gateway, an inference proxy and one coordinator, which `stack.add` can make more. */
export async function startSessionStack(): Promise<SessionStack> {
  await using owned = new AsyncDisposableStack()
  const model = owned.use(await startHeldModel())
  const stack = owned.use(
    await startTortureStack({
      brokers: 1,
      spokes: 0,
      drainBudgetMs: 4000,
      sections: {
        outbound: { allow: ['127.0.0.0/8', '::1'] },
        postgres: { maxConnections: CONNECTIONS },
        inference: { maxInFlightPerProvider: 1000 },
      },
    }),
  )
  const proxy = await stack.add('inference-proxy')
  const database = owned.use(await openDatabase(stack.postgresUrl, { max: 4 }))
  const broker = stack.brokers[0]?.url ?? ''
  const spoke = owned.use(await attachCountingSpoke(broker, stack.key))
  const kept = owned.move()
  const ok = <T>(operationId: string, input: object): Promise<T> =>
    vi.waitFor(
      async () => {
        const { status, body } = await callOver(
          { gateway: stack.gateway.url },
          { key: stack.key },
          operationId,
          input,
        )
        const shown = JSON.stringify(body).slice(0, 300)
        expect([operationId, status, shown]).toEqual([operationId, 200, expect.anything()])
        return body.data as T
      },
      { timeout: 30_000, interval: 200 },
    )
  return {
    stack,
    model,
    spoke,
    proxy,
    attachSpoke: () => spoke.attach(),
    database,
    ok,
    create: (sessionId, prompt) =>
      ok('sessions.create', { sessionId, model: 'held/held', prompt, title: prompt }),
    settled: (sessionId) =>
      vi.waitFor(
        async () => {
          const session = await ok<Session>('sessions.get', { sessionId })
          expect([session.status, session.turnId]).toEqual(['idle', undefined])
          return session
        },
        { timeout: 90_000, interval: 250 },
      ),
    async lastText(sessionId) {
      const { items } = await ok<{ items: SessionMessage[] }>('sessions.messages', { sessionId })
      return (items[0]?.parts ?? []).map((part) => ('text' in part ? part.text : '')).join('')
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** The provider of the held model. After a coordinator or gateway is there. */
export function addHeldProvider({ ok, model }: SessionStack): Promise<unknown> {
  return ok('clients.create', {
    name: 'held',
    type: 'llm-provider',
    config: { baseUrl: model.url },
    secret: 'secret-of-no-one',
  })
}
