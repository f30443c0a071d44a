import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { checkWorkspace } from './check.ts'
import { forbidden, reservedElsewhere } from './law.ts'
import { importedPackages, readWorkspace } from './package-files.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('the workspace keeps the import law and declares just what it imports', () => {
  const packages = readWorkspace(root)
  expect(packages.length).toBeGreaterThan(20)
  expect(checkWorkspace(root, packages)).toEqual([])
})

test('the law refuses a service that imports another and a library that imports upwards', () => {
  expect(forbidden('gateway', 'mcp', false)).toBe('a service never imports another')
  expect(forbidden('pubsub', 'operations', false)).toBe('operations is not below pubsub')
  expect(forbidden('operations', 'pubsub', false)).toBeUndefined()
  expect(forbidden('bus', 'testing', false)).toBe('testing is for tests')
  expect(reservedElsewhere('gateway', 'drizzle-orm', false)).toContain('only by storage')
})

test('imports are found in every form and not in comments', () => {
  const source = `import a from 'fastify'
import type { B } from '@alkdev/std'
import 'pino/side'
// import x from 'ws'
export { c } from '@alkdev/errors'
const d = await import('ai')
import {
  e,
} from 'postgres'
import f from './local.ts'
import g from 'node:fs'`
  expect(importedPackages(source)).toEqual([
    'fastify',
    '@alkdev/std',
    'pino',
    '@alkdev/errors',
    'ai',
    'postgres',
  ])
})
