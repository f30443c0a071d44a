import { Queue, Worker } from 'bullmq'
import { PgBoss } from 'pg-boss'
import postgres from 'postgres'

/** Another queue, or the floor, in this process. */
export interface QueuePeer extends AsyncDisposable {
  /** Resolves when one job is stored. */
  accept(): Promise<unknown>
  /** Resolves when 1,000 jobs are stored. */
  acceptMany(): Promise<unknown>
  /** Stores jobs, and resolves when a worker has ended all of them. */
  process(jobs: number): Promise<void>
  /** Stores a job; resolves when its worker starts. */
  start(): Promise<void>
}

const IN_FLIGHT = 64
const BULK = 1000
const PAYLOAD = { text: 'a text of some length', n: 1 }

export async function pgBossPeer(url: string): Promise<QueuePeer> {
  const boss = new PgBoss({ connectionString: url, max: 16 })
  boss.on('error', () => undefined)
  await boss.start()
  await Promise.all(['stored', 'worked'].map((name) => boss.createQueue(name)))
  let onJob: () => void = () => undefined
  await boss.work('worked', { batchSize: IN_FLIGHT, pollingIntervalSeconds: 0.5 }, async (jobs) => {
    for (const _job of jobs) onJob()
    return Promise.resolve()
  })
  return {
    accept: () => boss.send('stored', PAYLOAD, { startAfter: 3600 }),
    acceptMany: () =>
      boss.insert(
        'stored',
        Array.from({ length: BULK }, () => ({ data: PAYLOAD, startAfter: 3600 })),
      ),
    async process(jobs) {
      let left = jobs
      const ended = new Promise<void>((resolve) => {
        onJob = () => {
          if ((left -= 1) === 0) resolve()
        }
      })
      for (let from = 0; from < jobs; from += BULK)
        await boss.insert(
          'worked',
          Array.from({ length: Math.min(BULK, jobs - from) }, () => ({ data: PAYLOAD })),
        )
      await ended
    },
    async start() {
      const started = new Promise<void>((resolve) => (onJob = resolve))
      await boss.send('worked', PAYLOAD)
      await started
    },
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false }),
  }
}

export function bullMqPeer(url: string): QueuePeer {
  const { hostname, port, password } = new URL(url)
  const connection = { host: hostname, port: Number(port), password: decodeURIComponent(password) }
  const prefix = 'bench-bullmq'
  const stored = new Queue('stored', { connection, prefix })
  const worked = new Queue('worked', { connection, prefix })
  let onStart: () => void = () => undefined
  let onEnd: () => void = () => undefined
  const worker = new Worker(
    'worked',
    () => {
      onStart()
      return Promise.resolve(PAYLOAD)
    },
    { connection: { ...connection, maxRetriesPerRequest: null }, prefix, concurrency: IN_FLIGHT },
  )
  worker.on('completed', () => onEnd())
  return {
    accept: () => stored.add('job', PAYLOAD, { delay: 3_600_000 }),
    acceptMany: () =>
      stored.addBulk(
        Array.from({ length: BULK }, () => ({
          name: 'job',
          data: PAYLOAD,
          opts: { delay: 3_600_000 },
        })),
      ),
    async process(jobs) {
      let left = jobs
      const ended = new Promise<void>((resolve) => {
        onEnd = () => {
          if ((left -= 1) === 0) resolve()
        }
      })
      for (let from = 0; from < jobs; from += BULK)
        await worked.addBulk(
          Array.from({ length: Math.min(BULK, jobs - from) }, () => ({
            name: 'job',
            data: PAYLOAD,
          })),
        )
      await ended
    },
    async start() {
      const started = new Promise<void>((resolve) => (onStart = resolve))
      await worked.add('job', PAYLOAD)
      await started
    },
    async [Symbol.asyncDispose]() {
      await worker.close(true)
      await Promise.all([stored.close(), worked.close()])
    },
  }
}

/** The floor: a bare row for each job, read back and updated by the same process. */
export async function barePeer(url: string): Promise<QueuePeer> {
  const sql = postgres(url, { max: 16, onnotice: () => undefined })
  await sql`create table bench_jobs (id bigserial primary key, input text not null, status text not null, result text)`
  const text = JSON.stringify(PAYLOAD)
  const insert = () => sql<{ id: string }[]>`
    insert into bench_jobs (input, status) values (${text}, 'accepted') returning id`
  const one = async (): Promise<void> => {
    const [row] = await insert()
    await sql`update bench_jobs set status = 'running' where id = ${row?.id ?? ''}`
    await sql`update bench_jobs set status = 'completed', result = ${text} where id = ${row?.id ?? ''}`
  }
  return {
    accept: insert,
    acceptMany: () =>
      sql`insert into bench_jobs (input, status) select ${text}, 'accepted' from generate_series(1, ${BULK})`,
    async process(jobs) {
      let left = jobs
      const worker = async (): Promise<void> => {
        for (; left > 0;) {
          left -= 1
          await one()
        }
      }
      await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
    },
    async start() {
      await insert()
    },
    [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }),
  }
}
