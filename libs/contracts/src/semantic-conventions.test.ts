import { readFileSync } from 'node:fs'
import * as stable from '@opentelemetry/semantic-conventions'
import * as incubating from '@opentelemetry/semantic-conventions/incubating'
import { expect, test } from 'vitest'
import {
  GEN_AI_ATTRIBUTES,
  MCP_ATTRIBUTES,
  SEMANTIC_CONVENTIONS_VERSION,
  TRACE_ATTRIBUTES,
} from './semantic-conventions.ts'

test('each name is one of the pinned version of the semantic conventions', () => {
  const names = new Set(
    [stable, incubating].flatMap((all: object) => Object.values(all) as unknown[]),
  )
  const used = [TRACE_ATTRIBUTES, GEN_AI_ATTRIBUTES, MCP_ATTRIBUTES].flatMap((one) =>
    Object.values(one as Readonly<Record<string, unknown>>),
  )
  expect(used.filter((name) => !names.has(name))).toEqual([])
  const file = new URL(
    '../package.json',
    import.meta.resolve('@opentelemetry/semantic-conventions'),
  )
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  expect(version).toBe(SEMANTIC_CONVENTIONS_VERSION)
})
