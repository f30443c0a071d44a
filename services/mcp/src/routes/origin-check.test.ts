import { expect, test } from 'vitest'
import { originCheck } from './origin-check.ts'

const local = { origins: [], host: '127.0.0.1', urls: ['http://127.0.0.1:3003'] }
const allowed = (
  headers: Record<string, string>,
  rules: Parameters<typeof originCheck>[0] = local,
): boolean => {
  try {
    originCheck(rules)(headers)
    return true
  } catch {
    return false
  }
}

test('a service on the loopback address is reached under its own names only', () => {
  for (const host of ['127.0.0.1:3003', 'localhost:3003', '[::1]:3003', 'localhost'])
    expect([host, allowed({ host })]).toEqual([host, true])
  for (const host of [
    'evil.example',
    'evil.example:3003',
    '127.0.0.1.evil.example',
    '',
    '10.1.2.3',
  ])
    expect([host, allowed({ host })]).toEqual([host, false])
  expect(allowed({ host: 'hub.example' }, { ...local, urls: ['https://hub.example'] })).toBe(true)
})

test('a service on all addresses is reached under any name, by pages that are listed and by its own', () => {
  const open = { origins: ['https://app.example'], host: '0.0.0.0', urls: ['https://hub.example'] }
  const host = 'any.example'
  expect(allowed({ host }, open)).toBe(true)
  expect(allowed({ host, origin: 'https://app.example' }, open)).toBe(true)
  expect(allowed({ host, origin: 'https://hub.example' }, open)).toBe(true)
  for (const origin of [
    'http://localhost:1',
    'https://evil.example',
    'https://hub.example.evil',
    'null',
  ])
    expect([origin, allowed({ host, origin }, open)]).toEqual([origin, false])
  expect(allowed({ host, origin: 'https://evil.example' }, { ...open, origins: ['*'] })).toBe(true)
})

test('a host name that was allowed before does not allow another one', () => {
  const check = originCheck(local)
  for (const host of ['localhost:3003', 'localhost:3003'])
    expect(() => check({ host })).not.toThrow()
  expect(() => check({ host: 'evil.example' })).toThrow('host name')
  expect(() => check({ host: 'localhost:3003', origin: 'https://evil.example' })).toThrow('origin')
})
