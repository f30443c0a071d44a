import { sleep } from '@alkdev/std'
import { inputOf, KINDS } from './tally.ts'
import type { Kind } from './tally.ts'

async function works(hub: string, key: string, kind: Kind): Promise<boolean> {
  const response = await fetch(`${hub}/api/operations/torture.${kind}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: kind === 'items' ? 'text/event-stream' : 'application/json',
    },
    body: JSON.stringify(inputOf(kind, 1, 0)),
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined)
  const text = await response?.text()
  return response?.status === 200 && (kind !== 'items' || text?.includes('completed') === true)
}

/** Waits until every kind of call works; resolves with how many still fail 20 s later. */
export async function untilAllWork(hub: string, key: string): Promise<number> {
  const deadline = Date.now() + 20_000
  let failing: readonly Kind[] = KINDS
  while (failing.length > 0 && Date.now() < deadline) {
    const results = await Promise.all(failing.map((kind) => works(hub, key, kind)))
    failing = failing.filter((_, at) => !results[at])
    if (failing.length > 0) await sleep(200)
  }
  return failing.length
}
