import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { clientAddress } from './client-address.ts'

const request = (remoteAddress: string, forwarded?: string): IncomingMessage =>
  ({
    socket: { remoteAddress },
    headers: { ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }) },
  }) as unknown as IncomingMessage

test('only a trusted proxy may say who its client is', () => {
  const none = clientAddress([])
  expect(none(request('127.0.0.1', '203.0.113.7'))).toBe('127.0.0.1')
  const own = clientAddress(['127.0.0.1'])
  expect(own(request('127.0.0.1', '203.0.113.7'))).toBe('203.0.113.7')
  expect(own(request('127.0.0.1', '198.51.100.1, 203.0.113.7'))).toBe('203.0.113.7')
  expect(own(request('127.0.0.1'))).toBe('127.0.0.1')
  expect(own(request('192.0.2.9', '203.0.113.7'))).toBe('192.0.2.9')
})
