import { must, sleep, uuidv7 } from '@alkdev/std'
import { createClient, createRole } from '@alkdev/storage'
import { startTortureStack } from '@alkdev/test/torture'
import type { Replica, TortureStack } from '@alkdev/test/torture'
import { Children } from '../children.ts'
import { postmasterOf } from '../path-contender.ts'
import { promptOf } from './script.ts'
import type { Script } from './script.ts'

/** The roles of the sessions: what they call waits for a person, or they have room for a long conversation. */
export const ROLES = { careful: 'bench-careful', wide: 'bench-wide' } as const

/** What the model wrote since it was asked before. */
interface ModelFacts {
  /** Milliseconds from the end of an answer to the request of the next step. */
  readonly gaps: readonly number[]
  /** Bytes of text and of inputs of tools. */
  readonly produced: number
}

/** A hub for sessions with a scripted model and a spoke, in processes of their own. */
export interface SessionHub extends AsyncDisposable {
  readonly stack: TortureStack
  readonly coordinator: Replica
  /** The processes, by what they are. */
  readonly processes: Readonly<Record<string, number>>
  readonly facts: () => Promise<ModelFacts>
  /** Creates sessions, each with a prompt; gives their ids. */
  readonly create: (count: number, script: Script, role?: string) => Promise<string[]>
  /** Creates one without a prompt, lets `before` run, prompts it and waits for its end. */
  readonly prompted: (
    script: Script,
    before: (sessionId: string) => Promise<void>,
  ) => Promise<string>
  /** Waits until the turns of the sessions have ended as completed. */
  readonly completed: (ids: readonly string[]) => Promise<void>
  /** Waits until the sessions wait for an approval. */
  readonly waiting: (ids: readonly string[]) => Promise<void>
}

/** Requests of the bench at a time. */
const CREATING = 16
const LOOK_MS = 50
const PATIENCE_MS = 300_000

/** `prepared`: runs before the services for sessions start. */
export async function startSessionHub(
  prepared?: (stack: TortureStack) => Promise<void>,
): Promise<SessionHub> {
  await using all = new AsyncDisposableStack()
  const children = all.use(new Children())
  const provider = await children.start('./sessions-peer.ts', ['model'])
  const model = provider.said
  const stack = all.use(
    await startTortureStack({
      brokers: 1,
      spokes: 0,
      drainBudgetMs: 1000,
      sections: { outbound: { allow: ['127.0.0.0/8'] } },
    }),
  )
  const { database, gateway, key } = stack
  const { db, sql } = database
  await prepared?.(stack)
  await prepare(stack, model)
  const proxy = await stack.add('inference-proxy')
  const coordinator = await stack.add('coordinator')
  const broker = must(stack.brokers[0])
  const spoke = await children.start('./sessions-peer.ts', ['spoke', broker.url, key])
  const ask = async <T>(operationId: string, input: object): Promise<T> => {
    const answer = await fetch(`${gateway.url}/api/operations/${operationId}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${operationId}: ${text}`)
    return (JSON.parse(text) as { data: T }).data
  }
  const until = async (what: string, fits: () => Promise<boolean>): Promise<void> => {
    const deadline = performance.now() + PATIENCE_MS
    while (!(await fits())) {
      if (performance.now() > deadline) throw new Error(`sessions: ${what} took too long`)
      await sleep(LOOK_MS)
    }
  }
  const completed = (ids: readonly string[]): Promise<void> =>
    until('the end of the turns', async () => {
      const rows = await sql<{ reason: string | null; count: number }[]>`
        select end_reason as reason, count(*)::int as count from sessions
        where id = any(${[...ids]}) and turn_id is null and end_reason is not null group by 1`
      const wrong = rows.find(({ reason }) => reason !== 'completed')
      if (wrong !== undefined) {
        const [turn] = await sql<{ error: string | null }[]>`
          select error from turns where session_id = any(${[...ids]}) and error is not null limit 1`
        throw new Error(`sessions: turns ended as ${wrong.reason}: ${turn?.error}`)
      }
      return rows[0]?.count === ids.length
    })
  const owned = all.move()
  return {
    stack,
    coordinator,
    processes: {
      model: must(provider.child.pid),
      gateway: must(gateway.machine.pid),
      coordinator: must(coordinator.machine.pid),
      'inference-proxy': must(proxy.machine.pid),
      broker: must(broker.machine.pid),
      spoke: must(spoke.child.pid),
      Redis: must(stack.redis().process.child.pid),
      PostgreSQL: await postmasterOf(stack),
    },
    facts: async () => (await (await fetch(`${model}/facts`)).json()) as ModelFacts,
    async create(count, script, role) {
      const ids = Array.from({ length: count }, () => uuidv7())
      const left = [...ids]
      const worker = async (): Promise<void> => {
        for (let sessionId = left.pop(); sessionId !== undefined; sessionId = left.pop())
          await ask('sessions.create', {
            sessionId,
            model: 'bench/m',
            title: 'bench',
            prompt: promptOf(script, sessionId),
            ...(role !== undefined && { role }),
          })
      }
      await Promise.all(Array.from({ length: CREATING }, worker))
      return ids
    },
    async prompted(script, before) {
      const { sessionId } = await ask<{ sessionId: string }>('sessions.create', {
        model: 'bench/m',
        title: 'bench',
      })
      await before(sessionId)
      await ask('sessions.prompt', { sessionId, text: promptOf(script, sessionId) })
      await completed([sessionId])
      return sessionId
    },
    completed,
    waiting: (ids) =>
      until('the approvals', async () => {
        const [row] = await sql<{ count: number }[]>`
          select count(*)::int as count from sessions
          where id = any(${[...ids]}) and status = 'waiting' and waiting_on = 'approval'`
        return row?.count === ids.length
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }

  async function prepare({ database: { sql: query } }: TortureStack, url: string): Promise<void> {
    const [account] = await query<{ id: string }[]>`select id from accounts limit 1`
    await createClient(
      db,
      {
        name: 'bench',
        type: 'llm-provider',
        config: { baseUrl: `${url}/v1` },
        ownerId: must(account).id,
      },
      {},
    )
    const allow = { action: '*', permission: 'allow', pattern: '*' } as const
    const careful = { action: 'files.read', permission: 'ask', pattern: '*' } as const
    const common = { mode: 'primary' as const, scopes: ['*'] }
    await createRole(db, {
      ...common,
      id: uuidv7(),
      name: ROLES.careful,
      permissions: [careful, allow],
    })
    await createRole(db, {
      ...common,
      id: uuidv7(),
      name: ROLES.wide,
      permissions: [allow],
      data: { contextTokens: 1_000_000, maxSteps: 200 },
    })
  }
}
