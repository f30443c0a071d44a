import { must, sleep } from '@alkdev/std'
import type { QueueHub } from './hub.ts'

/** Calls that run when their coordinator is killed. */
const CALLS = 200

/** Milliseconds from the kill of a coordinator until each of its calls has another holder, sorted. */
export async function takeoverMs({ stack, coordinator }: QueueHub): Promise<readonly number[]> {
  const { sql } = stack.database
  const headers = { authorization: `Bearer ${stack.key}`, 'content-type': 'application/json' }
  const call = { operationId: 'bench.hang', input: { text: 'x', n: 1 }, timeoutMs: 600_000 }
  const response = await fetch(`${stack.gateway.url}/api/operations/calls.enqueueMany`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ calls: Array.from({ length: CALLS }, () => call) }),
  })
  if (!response.ok) throw new Error(await response.text())
  const running = () => sql<{ id: string; token: string }[]>`
    select id, fencing_token as token from queued_calls where status = 'running' and operation_name = 'bench.hang'`
  let before = await running()
  for (let at = 0; at < 50 && before.length < CALLS; at += 1) {
    await sleep(100)
    before = await running()
  }
  await stack.add('coordinator')
  const tokens = new Map(before.map(({ id, token }) => [id, token]))
  await coordinator.machine.kill()
  const from = performance.now()
  const times: number[] = []
  while (tokens.size > 0 && performance.now() - from < 60_000) {
    for (const { id, token } of await running()) {
      if (!tokens.has(id) || must(tokens.get(id)) === token) continue
      tokens.delete(id)
      times.push(performance.now() - from)
    }
    await sleep(20)
  }
  if (tokens.size > 0) throw new Error(`${tokens.size} calls were not taken over`)
  return times.toSorted((a, b) => a - b)
}
