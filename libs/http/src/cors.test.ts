import { expect, test } from 'vitest'
import { testApp } from './testing/test-app.ts'

test('a preflight of /mcp allows the headers of MCP, and its session header is exposed', async () => {
  const app = testApp({ cors: { origins: ['https://console.example.org'] } })
  const sent = [
    'authorization',
    'content-type',
    'last-event-id',
    'mcp-session-id',
    'mcp-protocol-version',
    'mcp-method',
    'mcp-name',
    'mcp-param-region',
  ]
  const headers = {
    origin: 'https://console.example.org',
    'access-control-request-method': 'POST',
    'access-control-request-headers': [...sent, 'x-other'].join(', '),
  }
  const answer = await app.inject({ method: 'OPTIONS', url: '/mcp', headers })
  expect(answer.statusCode).toBe(204)
  const listed = (name: string): string[] => String(answer.headers[name]).split(', ')
  expect(listed('access-control-allow-headers')).toEqual(expect.arrayContaining(sent))
  expect(listed('access-control-allow-headers')).not.toContain('x-other')
  expect(listed('access-control-allow-methods')).toEqual(['GET', 'POST', 'DELETE'])
  expect(listed('access-control-expose-headers')).toContain('mcp-session-id')
  expect(answer.headers['vary']).toBe('origin')
})

test('CORS answers preflights of the configured origins only', async () => {
  const app = testApp({ cors: { origins: ['https://console.example.org'] } })
  const preflight = (origin: string) =>
    app.inject({
      method: 'OPTIONS',
      url: '/echo',
      headers: { origin, 'access-control-request-method': 'POST' },
    })
  const good = await preflight('https://console.example.org')
  expect(good.statusCode).toBe(204)
  expect(good.headers['access-control-allow-origin']).toBe('https://console.example.org')
  expect(good.headers['access-control-allow-headers']).toContain('idempotency-key')
  const bad = await preflight('https://evil.example.org')
  expect(bad.headers['access-control-allow-origin']).toBeUndefined()
})

test('a preflight allows the headers that the clients of models send', async () => {
  const app = testApp({ cors: { origins: ['https://console.example.org'] } })
  const sent = ['anthropic-version', 'openai-beta', 'x-stainless-lang', 'x-stainless-retry-count']
  const answer = await app.inject({
    method: 'OPTIONS',
    url: '/v1/chat/completions',
    headers: {
      origin: 'https://console.example.org',
      'access-control-request-method': 'POST',
      'access-control-request-headers': sent.join(', '),
    },
  })
  const allowed = String(answer.headers['access-control-allow-headers']).split(', ')
  expect(allowed).toEqual(expect.arrayContaining(sent))
  expect(answer.headers['access-control-expose-headers']).toContain('x-alkhub-cost-micros')
})
