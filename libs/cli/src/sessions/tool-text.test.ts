import type { SessionToolCall } from '@alkdev/contracts/agents'
import { expect, test } from 'vitest'
import { calledBy, toolLine } from './tool-text.ts'

const base: SessionToolCall = {
  toolCallId: 'c',
  modelCallId: 'x',
  toolName: 'call',
  operationId: 'call',
  input: { operationId: 'dev.here.fs.read', input: { path: 'a.txt' } },
  status: 'done',
  outputBytes: 1234,
  startedAt: '2026-11-29T00:00:00.000Z',
  endedAt: '2026-11-29T00:00:00.034Z',
}

test('the tool `call` shows the operation that it calls', () => {
  expect(calledBy(base)).toEqual({ name: 'dev.here.fs.read', input: { path: 'a.txt' } })
  expect(toolLine(base, 0)).toBe('✓ dev.here.fs.read {"path":"a.txt"}  34 ms, 1.2 kB')
  expect(toolLine({ ...base, toolName: 'fs_read', operationId: 'fs.read', input: 7 }, 0)).toContain(
    '✓ fs.read 7',
  )
})

test('a line fits the terminal, and says why a call failed', () => {
  const long = { ...base, input: { operationId: 'x.y', input: { text: 'word '.repeat(100) } } }
  for (const columns of [60, 120]) expect(toolLine(long, columns).length).toBe(columns)
  const failed = toolLine(
    { ...base, status: 'failed', error: { code: 'CONFLICT', message: 'It is\nthere.' } },
    120,
  )
  expect(failed).toBe('✗ dev.here.fs.read {"path":"a.txt"}  failed: It is there.')
  expect(toolLine({ ...base, status: 'denied' }, 120)).toContain('denied')
})

test('text of a model does not control the terminal', () => {
  expect(toolLine({ ...base, input: '{"broken\u001B[2J' }, 80)).not.toContain('\u001B')
})
