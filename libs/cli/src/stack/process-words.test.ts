import { expect, test } from 'vitest'
import { isTroubled, killedWords, leftWords, processWords } from './process-words.ts'
import type { ProcessState } from './supervised.ts'

const at = '2026-01-02T03:04:05.000Z'
const now = Date.parse(at)
const end = { at, code: null, signal: 'SIGKILL', words: '' }
const running: ProcessState = { state: 'running', pid: 7, ends: 2, lastEnd: end }

test('a process that never ended has no words and no trouble', () => {
  const state: ProcessState = { state: 'running', pid: 7, ends: 0 }
  expect(processWords('redis', state)).toBeUndefined()
  expect(isTroubled(state, now)).toBe(false)
})

test('an end says when, how, how often and what happens next', () => {
  expect(processWords('redis', running)).toBe(
    `redis ended at ${at} (signal SIGKILL), 2 times since the stack was started. It runs again as process 7.`,
  )
  const waiting: ProcessState = {
    ...running,
    state: 'waiting',
    ends: 1,
    nextStartAt: 'then',
    lastEnd: { at, code: 1, signal: null, words: 'No room.' },
  }
  expect(processWords('mcp', waiting)).toBe(
    `mcp ended at ${at} (exit code 1: No room), once since the stack was started. The next start is at then.`,
  )
  expect(processWords('mcp', { ...waiting, state: 'failing' })).toContain('It keeps failing.')
  const notStarted = { at, code: null, signal: null, words: 'Port taken.' }
  expect(processWords('mcp', { ...waiting, lastEnd: notStarted })).toContain(
    '(it did not start: Port taken)',
  )
})

test('after a signal or exit code 0 the last log line is named as such and is not the reason', () => {
  const killed = { at, code: null, signal: 'SIGKILL', words: 'request completed' }
  expect(processWords('gateway', { ...running, lastEnd: killed })).toContain(
    '(signal SIGKILL; its last log line: request completed)',
  )
  const stopped = { at, code: 0, signal: null, words: 'stopped.' }
  expect(processWords('gateway', { ...running, lastEnd: stopped })).toContain(
    '(exit code 0; its last log line: stopped)',
  )
})

test('trouble lasts until a process has run for a minute', () => {
  expect(isTroubled(running, now + 59_000)).toBe(true)
  expect(isTroubled(running, now + 61_000)).toBe(false)
  expect(isTroubled({ ...running, state: 'waiting' }, now + 61_000)).toBe(true)
})

test('a stack whose up was killed is described by the processes that are still ending', () => {
  const state = { pid: 7, startedAt: '', services: {}, servers: {} }
  const processes = [
    { name: 'gateway', pid: 8 },
    { name: 'redis', pid: 9 },
  ]
  expect(leftWords({ state, processes })).toBe(
    '`./alkhub up` (process 7) was killed. Without it nothing is restarted. Still ending: gateway (process 8), redis (process 9).\n' +
      'They end within seconds; `./alkhub down` waits for that.',
  )
})

test('a stack that was not stopped is named with what had ended in it', () => {
  const state = {
    pid: 7,
    startedAt: '2026-11-29T10:00:00.000Z',
    services: {},
    servers: {},
    processes: {
      mcp: { state: 'running', pid: 8, ends: 0 },
      gateway: {
        state: 'running',
        pid: 9,
        ends: 1,
        lastEnd: { at: '2026-11-29T11:00:00.000Z', code: null, signal: 'SIGKILL', words: '' },
      },
    },
  } as const
  expect(killedWords(state).split('\n')).toEqual([
    expect.stringContaining('(process 7, started at 2026-11-29T10:00:00.000Z) was not stopped'),
    'gateway had ended at 2026-11-29T11:00:00.000Z (signal SIGKILL).',
  ])
})
