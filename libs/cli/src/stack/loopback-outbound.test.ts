import { expect, test } from 'vitest'
import { loopbackOutbound, portOf } from './loopback-outbound.ts'

test('a local stack reaches this machine but not its own services, PostgreSQL and Redis (A7)', () => {
  const servers = [
    portOf('postgres://alkhub:x@127.0.0.1:40001/alkhub'),
    portOf('redis://:x@127.0.0.1:40002'),
  ]
  expect(loopbackOutbound([3001, 3000, ...servers, 3000])).toEqual({
    allow: ['127.0.0.0/8', '::1'],
    denyPorts: [3000, 3001, 40_001, 40_002],
  })
})

test('a server whose URL names no port is denied at its usual one', () => {
  const urls = [
    'postgres://db/alkhub',
    'postgresql://db/alkhub',
    'redis://cache',
    'rediss://cache/0',
  ]
  expect(urls.map((url) => portOf(url))).toEqual([5432, 5432, 6379, 6379])
})
