import { createWorker } from '../index.ts'

/** A worker in a process of its own, which takes a job and never ends it: to be killed. */
const [url = '', prefix = ''] = process.argv.slice(2)
createWorker(
  'calls',
  async (id) => {
    process.send?.({ id })
    await new Promise(() => undefined)
  },
  { redis: { url }, prefix, lockDurationMs: 1000, stalledIntervalMs: 500 },
)
