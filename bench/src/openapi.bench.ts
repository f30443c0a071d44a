import { once } from 'node:events'
import { startTortureStack } from '@alkdev/test/torture'
import type { TortureStack } from '@alkdev/test/torture'
import { must, sleep } from '@alkdev/std'
import { createAccount, createDrizzleKeyStore } from '@alkdev/storage'
import { createKeys } from 'keypal'
import { Children } from './children.ts'
import { Inspector } from './cpu-profile.ts'
import { residentBytes } from './process-stat.ts'
import type { Row } from './row.ts'

const SPOKES = 20
const EACH = 500
const READERS = 5
const ROUNDS = 5
const MIB = 1024 * 1024
/** The spokes no longer count as returning. */
const SETTLE_MS = 20_000

/**
 * Five readers with keys of different accounts ask for the OpenAPI document of 10,000 operations at once, again after each change of the registry, while
 * `/livez` of the gateway is asked without a pause. Then the spokes leave.
 */
export async function run(): Promise<Row[]> {
  await using stack = await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 1000 })
  const keys = [stack.key, ...(await moreKeys(stack))]
  const pid = must(stack.gateway.machine.pid)
  await until(async () => (await read(stack, stack.key)).status === 200)
  const before = await heldBytes(pid)
  let bytes = 0
  const worst: number[] = []
  const written: number[] = []
  const again: number[] = []
  {
    await using children = new Children()
    for (let at = 0; at < SPOKES; at++)
      await children.start('./spoke-of-many-peer.ts', [
        must(stack.brokers[0]).url,
        stack.key,
        `many-${at}`,
        String(EACH),
      ])
    await until(async () => (await pathsOf(stack)) >= SPOKES * EACH)
    const readers = await children.start('./openapi-readers-peer.ts', [stack.gateway.url, ...keys])
    for (let round = 0; round < ROUNDS; round++) {
      // One spoke more is a change of the registry.
      await children.start('./spoke-of-many-peer.ts', [
        must(stack.brokers[0]).url,
        stack.key,
        `more-${round}`,
        '1',
      ])
      const probe = probeLivez(stack.gateway.url)
      const from = performance.now()
      // The readers are another process: unpacking the documents must not hold up the one that measures.
      readers.child.send('read')
      const [sizes] = (await once(readers.child, 'message')) as [readonly number[]]
      written.push(performance.now() - from)
      worst.push(await probe())
      bytes = Math.max(...sizes)
      const then = performance.now()
      await (await read(stack, stack.key)).arrayBuffer()
      again.push(performance.now() - then)
    }
  }
  const after = await heldBytes(pid)
  await sleep(SETTLE_MS)
  const left = await heldBytes(pid)
  await deleteSpokes(stack)
  await until(async () => (await pathsOf(stack)) < EACH)
  const deleted = await heldBytes(pid)
  const slowest = Math.max(...worst)
  return [
    {
      name: '/livez while five readers ask for a document of 10,000 operations, slowest of five rounds',
      value: slowest,
      unit: 'ms',
      target: '<= 50 ms',
      ok: slowest <= 50,
    },
    {
      name: 'until all five have it, slowest of five rounds',
      value: Math.max(...written),
      unit: 'ms',
    },
    { name: 'the same document again', value: Math.max(...again), unit: 'ms' },
    { name: 'the document, uncompressed', value: bytes / MIB, unit: 'MiB' },
    {
      name: 'resident memory of the gateway at the end; the reference is before the spokes came',
      value: after / MIB,
      unit: 'MiB',
      reference: before / MIB,
      ratio: after / before,
    },
    {
      name: 'the same 20 s after the spokes left; their operations stay known',
      value: left / MIB,
      unit: 'MiB',
      reference: before / MIB,
      ratio: left / before,
    },
    {
      name: 'the same after the spokes were deleted',
      value: deleted / MIB,
      unit: 'MiB',
      reference: before / MIB,
      ratio: deleted / before,
    },
  ]
}

/** Resident memory after a garbage collection. */
async function heldBytes(pid: number): Promise<number> {
  await using inspector = await Inspector.open(pid)
  await inspector.collectGarbage()
  return residentBytes(pid)
}

/** What retention does with spokes that left long ago. */
async function deleteSpokes({ gateway, key, database }: TortureStack): Promise<void> {
  const rows = await database.sql<{ name: string }[]>`select name from spokes`
  for (const { name } of rows) {
    const response = await fetch(`${gateway.url}/api/operations/spokes.delete`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    })
    if (!response.ok) throw new Error(await response.text())
  }
}

function read({ gateway }: TortureStack, key: string): Promise<Response> {
  return fetch(`${gateway.url}/openapi.json`, { headers: { 'x-api-key': key } })
}

async function pathsOf(stack: TortureStack): Promise<number> {
  const { paths } = (await (await read(stack, stack.key)).json()) as { paths: object }
  return Object.keys(paths).length
}

/** Asks without a pause; the returned function ends it, with the slowest answer in milliseconds. */
function probeLivez(url: string): () => Promise<number> {
  const ended = new AbortController()
  let slowest = 0
  const asking = (async () => {
    while (!ended.signal.aborted) {
      const from = performance.now()
      await (await fetch(`${url}/livez`)).text()
      slowest = Math.max(slowest, performance.now() - from)
    }
  })()
  return async () => {
    ended.abort()
    await asking
    return slowest
  }
}

/** Keys of four further accounts that may call every spoke. */
async function moreKeys({ database: { db } }: TortureStack): Promise<string[]> {
  const manager = createKeys({
    prefix: 'alk_',
    storage: createDrizzleKeyStore(db),
    autoTrackUsage: false,
  })
  return Promise.all(
    Array.from({ length: READERS - 1 }, async (_, at) => {
      const { id: ownerId } = await createAccount(db, { email: `reader-${at}@example.com` })
      const resources = { 'spoke:*': ['call'] }
      const { key } = await manager.create({ ownerId, scopes: ['*'], resources, name: 'reader' })
      return must(key)
    }),
  )
}

async function until(done: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error('The gateway does not know the operations.')
    await sleep(500)
  }
}
