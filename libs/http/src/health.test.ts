import { expect, test } from 'vitest'
import { testApp } from './testing/test-app.ts'

const health = {
  ready: () => true,
  report: () => ({ steps: ['config'] }),
  metrics: () => Promise.resolve('up 1\n'),
}

test('the process is live before it is ready', async () => {
  const app = testApp({ health: { ...health, ready: () => false } })
  expect((await app.inject('/livez')).statusCode).toBe(200)
})

test('readiness follows the health port', async () => {
  let ready = false
  const app = testApp({ health: { ...health, ready: () => ready } })
  expect((await app.inject('/readyz')).statusCode).toBe(503)
  ready = true
  expect((await app.inject('/readyz')).statusCode).toBe(200)
})

test('the health page is the report of the health port', async () => {
  expect((await testApp({ health }).inject('/health')).json()).toEqual({ steps: ['config'] })
})

test('the metrics page is plain text of the health port', async () => {
  const metrics = await testApp({ health }).inject('/metrics')
  expect(metrics.body).toBe('up 1\n')
  expect(metrics.headers['content-type']).toContain('text/plain')
})
