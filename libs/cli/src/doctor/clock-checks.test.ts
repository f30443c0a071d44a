import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkServiceClock, skewFinding } from './clock-checks.ts'

// A server that answers with a date of its own stands for a service on a machine whose clock is wrong.
let aheadMs: number | undefined = 0
const server = createServer((_request, response) => {
  response.sendDate = false
  if (aheadMs !== undefined)
    response.setHeader('date', new Date(Date.now() + aheadMs).toUTCString())
  response.end('ok')
})
let url = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

test('a clock that is minutes off is named with its direction, and one that agrees is fine (K4)', () => {
  expect(skewFinding('PostgreSQL', 300_000, 1)).toMatchObject({
    check: 'clock of PostgreSQL',
    state: 'wrong',
    says: 'It is 300 s ahead of the clock of this machine.',
  })
  expect(skewFinding('Redis', -2500, 1)).toMatchObject({
    state: 'wrong',
    says: 'It is 2.5 s behind the clock of this machine.',
  })
  expect(skewFinding('Redis', -12, 1)).toMatchObject({ state: 'ok' })
})

test.each([
  [0, 'ok'],
  [300_000, 'wrong'],
  [-300_000, 'wrong'],
  [undefined, 'note'],
] as const)('a service whose date differs by %s ms is %s', async (ms, state) => {
  aheadMs = ms
  expect((await checkServiceClock('gateway', url)).state).toBe(state)
})
