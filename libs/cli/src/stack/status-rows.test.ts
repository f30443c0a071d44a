import { expect, test } from 'vitest'
import { statusEntries, statusRows } from './status-rows.ts'

const STATE = {
  services: {
    gateway: { pid: 11, url: 'http://127.0.0.1:3000' },
    mcp: { pid: 0, url: 'http://127.0.0.1:3003' },
  },
  servers: { postgres: 0, redis: 12 },
  processes: {
    gateway: { state: 'running', pid: 11, ends: 0 },
    mcp: { state: 'waiting', pid: 0, ends: 1 },
    postgres: { state: 'failing', pid: 0, ends: 6 },
    redis: { state: 'running', pid: 12, ends: 0 },
    spoke: { state: 'waiting', pid: 0, ends: 2 },
  },
} as const

const entries = await statusEntries(
  STATE,
  async (url) => url.endsWith('3000'),
  () => true,
)

test('a process that does not run has no process id', () => {
  expect(entries.services.map(({ pid }) => pid)).toEqual([11, null])
  expect(entries.servers).toEqual([
    { name: 'postgres', pid: null, ready: false },
    { name: 'redis', pid: 12, ready: true },
  ])
  expect(entries.processes['mcp']).toEqual({ state: 'waiting', pid: null, ends: 1 })
})

test('every process has a row, the dev spoke too', () => {
  expect(statusRows(entries)).toEqual([
    ['gateway', 'ready', '11', 'http://127.0.0.1:3000'],
    ['mcp', 'not ready', '', 'http://127.0.0.1:3003'],
    ['postgres', 'failing', '', ''],
    ['redis', 'running', '12', ''],
    ['spoke', 'waiting', '', ''],
  ])
})
