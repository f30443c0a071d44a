import { must, sleep } from '@alkdev/std'
import { Children } from './children.ts'
import { Inspector } from './cpu-profile.ts'
import { median, percentile } from './measure.ts'
import { residentBytes } from './process-stat.ts'
import type { Row } from './row.ts'
import { ROLES, startSessionHub } from './sessions/hub.ts'
import type { SessionHub } from './sessions/hub.ts'
import type { Script } from './sessions/script.ts'

/** An answer of 50 pieces that come as fast as they are read, and a tool that answers at once. */
const PLAIN: Script = { steps: 10, pieces: 50, characters: 12, pieceMs: 0, outputBytes: 200 }
const CONCURRENT = 200
const WAITING = 1000
/** A model that writes 100 pieces in a second. */
const PACED: Script = { ...PLAIN, pieceMs: 10 }
const WATCHERS = 100
const ROUNDS = 3
/** 800,000 characters, about 200,000 tokens: half from the model, half from the tool. */
const LONG: Script = { steps: 100, pieces: 50, characters: 80, pieceMs: 0, outputBytes: 4000 }
const SAMPLE_MS = 200
const SETTLE_MS = 5000
const MB = 1_000_000

/** Agent sessions with a scripted model: memory, steps in a second, the hub's part of a step, waiting, watchers, and stored bytes. */
export async function run(): Promise<Row[]> {
  await using hub = await startSessionHub()
  // The paths of all that is measured are compiled.
  await hub.completed(await hub.create(CONCURRENT, { ...PLAIN, steps: 2 }))
  const part = await partOfStep(hub)
  const waiting = await memoryOfWaiting(hub)
  const load = await underLoad(hub)
  const slower = await slowerWithWatchers(hub)
  const stored = await storedShare(hub)
  return [
    {
      ...atMost(
        `memory of the coordinator, ${CONCURRENT} sessions at a time`,
        load.bytes / MB,
        500,
      ),
      unit: 'MB',
      target: '<= 500 MB',
    },
    {
      name: 'durable steps, 50 pieces and a tool call each',
      value: load.perSecond,
      unit: '/s',
      target: '>= 100/s',
      ok: load.perSecond >= 100,
    },
    {
      ...atMost("the hub's part of a step, p50: end of an answer to the next request", part, 25),
      unit: 'ms',
      target: '<= 25 ms',
    },
    {
      ...atMost(`memory of ${WAITING} waiting sessions`, waiting.bytes / MB, 50),
      unit: 'MB',
      target: '<= 50 MB',
    },
    {
      ...atMost(`claims of ${WAITING} waiting sessions`, waiting.claims, 0),
      unit: '',
      target: '0',
    },
    {
      ...atMost(`a session with ${WATCHERS} watchers, slower than without`, 100 * slower, 10),
      unit: '%',
      target: '<= 10 %',
    },
    {
      ...atMost(
        'bytes in the tables, long texts compressed, to bytes of text produced, 200,000 tokens in 100 steps',
        stored,
        1.2,
      ),
      unit: '',
      target: '<= 1.2',
    },
  ]
}

function atMost(name: string, value: number, most: number): Pick<Row, 'name' | 'value' | 'ok'> {
  return { name, value, ok: value <= most }
}

/** Milliseconds from the end of an answer of the model to the request of the next step, of one session alone. */
async function partOfStep(hub: SessionHub): Promise<number> {
  await hub.facts()
  await hub.completed(await hub.create(1, { ...PLAIN, steps: 90 }))
  return percentile((await hub.facts()).gaps, 0.5)
}

/**
 * What the memory of the coordinator grows by while sessions wait for approvals, each time after a garbage collection, and how many of them are claimed.
 */
async function memoryOfWaiting({ stack, coordinator, create, waiting }: SessionHub) {
  const pid = must(coordinator.machine.pid)
  await using inspector = await Inspector.open(pid)
  await sleep(SETTLE_MS)
  await inspector.collectGarbage()
  const before = residentBytes(pid)
  const ids = await create(WAITING, { ...PLAIN, steps: 1, pieces: 5 }, ROLES.careful)
  await waiting(ids)
  await sleep(SETTLE_MS)
  await inspector.collectGarbage()
  const [row] = await stack.database.sql<{ claims: number }[]>`
    select count(*)::int as claims from sessions where id = any(${ids}) and lease_until is not null`
  return { bytes: residentBytes(pid) - before, claims: must(row).claims }
}

async function underLoad({ coordinator, create, completed }: SessionHub) {
  const pid = must(coordinator.machine.pid)
  let bytes = 0
  const timer = setInterval(() => (bytes = Math.max(bytes, residentBytes(pid))), SAMPLE_MS)
  const from = performance.now()
  await completed(await create(CONCURRENT, PLAIN))
  const seconds = (performance.now() - from) / 1000
  clearInterval(timer)
  return { bytes, perSecond: (CONCURRENT * (PLAIN.steps + 1)) / seconds }
}

/** How much longer the turn of a session takes that is watched, in alternation with one that is not. */
async function slowerWithWatchers({ stack, prompted }: SessionHub): Promise<number> {
  const { sql } = stack.database
  const turnMs = async (watchers: number): Promise<number> => {
    await using children = new Children()
    const sessionId = await prompted(PACED, async (id) => {
      if (watchers === 0) return
      const { gateway, key } = stack
      const args = ['watchers', gateway.url, key, id, String(watchers)]
      await children.start('./sessions-peer.ts', args)
    })
    const [row] = await sql<{ ms: number }[]>`
      select extract(epoch from ended_at - started_at)::float8 * 1000 as ms from turns where session_id = ${sessionId}`
    return must(row).ms
  }
  const [alone, watched]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round += 1) {
    alone.push(await turnMs(0))
    watched.push(await turnMs(WATCHERS))
  }
  return median(watched) / median(alone) - 1
}

/**
 * The bytes of all rows of a long session to what model and tool gave: as PostgreSQL stores them, with long values compressed, and without indexes, free space
 * and rows that a vacuum will remove.
 */
async function storedShare({ stack, create, completed, facts }: SessionHub): Promise<number> {
  const { sql } = stack.database
  await facts()
  const ids = await create(1, LONG, ROLES.wide)
  await completed(ids)
  const produced = (await facts()).produced + LONG.steps * LONG.outputBytes
  let stored = 0
  for (const table of TABLES) {
    const columns = await sql<{ name: string }[]>`
      select column_name as name from information_schema.columns where table_schema = 'public' and table_name = ${table}`
    const sizes = columns.map(({ name }) => `coalesce(pg_column_size(r."${name}"), 0)`)
    const [row] = await sql.unsafe<{ bytes: number }[]>(
      `select coalesce(sum(${[ROW_BYTES, ...sizes].join(' + ')}), 0)::float8 as bytes from ${table} r where session_id = $1`,
      [must(ids[0])],
    )
    stored += must(row).bytes
  }
  return stored / produced
}

/** What a row takes beside its values: its header, and its pointer in the page. */
const ROW_BYTES = 28
/** Where a session stores what was said and done. */
const TABLES = [
  'messages',
  'parts',
  'tool_calls',
  'turns',
  'turn_steps',
  'turn_waits',
  'session_events',
]
