import { INPUT } from './socket-caller.ts'
import { median } from './measure.ts'
import type { Row } from './row.ts'

const CALLS = 300

/** Where one call at a time spends its time, by `Server-Timing` of the gateway: medians, in microseconds. */
export async function hopTimes(url: string, key: string): Promise<Row[]> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const times = {
    before: [] as number[],
    bus: [] as number[],
    spoke: [] as number[],
    around: [] as number[],
  }
  for (let at = 0; at < CALLS; at++) {
    const from = performance.now()
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(INPUT) })
    await response.arrayBuffer()
    const wholeMs = performance.now() - from
    const of = (name: string): number =>
      Number(
        new RegExp(`${name};dur=([\\d.]+)`).exec(response.headers.get('server-timing') ?? '')?.[1],
      )
    const [auth, route, queue, execute, total] = ['auth', 'route', 'queue', 'execute', 'total'].map(
      (name) => of(name),
    ) as [number, number, number, number, number]
    times.before.push(auth + route)
    times.spoke.push(execute)
    times.bus.push(total - auth - route - queue - execute)
    times.around.push(wholeMs - total)
  }
  const row = (name: string, values: readonly number[]): Row => ({
    name: `one call at a time: ${name}`,
    value: Math.round(median(values) * 1000),
    unit: 'us',
  })
  return [
    row('key check and routing in the gateway', times.before),
    row('the rest of the gateway, Redis and the broker, both ways', times.bus),
    row('from the broker to the spoke and back', times.spoke),
    row('from the caller (fetch) to the gateway and back', times.around),
  ]
}
