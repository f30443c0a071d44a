import { sleep } from '@alkdev/std'

/** The gateway finds the other services by their leases, within half a second on an idle machine. Throws after 60 s. */
export async function untilGatewayKnowsAll(gateway: string, key: string): Promise<void> {
  const deadline = Date.now() + 60_000
  for (const [method, path] of [
    ['GET', '/v1/models'],
    ['POST', '/mcp'],
    ['POST', '/api/operations/spokes.list'],
    ['POST', '/api/operations/tasks.list'],
  ] as const) {
    for (;;) {
      const response = await fetch(`${gateway}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(method === 'POST' && { body: '{}' }),
      })
      await response.body?.cancel()
      if (response.status !== 503) break
      if (Date.now() > deadline) throw new Error(`${path} has no instance after 60 s`)
      await sleep(50)
    }
  }
}
