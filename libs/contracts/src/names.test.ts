import { expect, test } from 'vitest'
import { isOperationName, isReservedNamespace, isSpokeName, pinnedOperationId } from './index.ts'

test('a pinned id has the prefix of its kind, the name of the spoke and the operation', () => {
  expect(pinnedOperationId('dev-env', 'laptop', 'fs.read')).toBe('dev.laptop.fs.read')
})

test.each(['a.b', 'Upper', 'a'.repeat(64)])('%j is not a valid name of a spoke', (name) => {
  expect(isSpokeName(name)).toBe(false)
})

test.each(['fs.read', '1st'])('%j is not a valid name of an operation', (name) => {
  expect(isOperationName(name)).toBe(false)
})

test.each(['hub', 'keys', 'dev', 'compute', 'system'])('the namespace %s is reserved', (name) => {
  expect(isReservedNamespace(name)).toBe(true)
})

test.each(['fs', 'git', 'echo'])('the namespace %s is free for spokes', (name) => {
  expect(isReservedNamespace(name)).toBe(false)
})

test('the namespaces of future services are reserved', () => {
  const later = [
    'schedules',
    'inbox',
    'approvals',
    'budgets',
    'webhooks',
    'mcp',
    'console',
    'models',
  ]
  expect(later.every(isReservedNamespace)).toBe(true)
})
