import { expect, test } from 'vitest'
import type { HttpObservation } from './index.ts'
import { testApp, UUID_V7 } from './testing/test-app.ts'

test('the id of a request is made by the hub, not taken from the client', async () => {
  const app = testApp()
  const headers = { 'x-request-id': 'mine' }
  const first = await app.inject({ url: '/livez', headers })
  const second = await app.inject({ url: '/livez', headers })
  expect(first.headers['x-request-id']).toMatch(UUID_V7)
  expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id'])
})

test('requests are observed by route, never by address', async () => {
  const seen: HttpObservation[] = []
  const app = testApp({ observe: (one) => seen.push(one) })
  app.get('/things/:id', () => 'ok')
  await app.inject('/things/42')
  await app.inject('/nowhere/42')
  expect(seen.map(({ method, route, status }) => `${method} ${route} ${status}`)).toEqual([
    'GET /things/:id 200',
    'GET unknown 404',
  ])
})
