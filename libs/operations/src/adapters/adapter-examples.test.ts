import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const examples = new URL('../../examples/', import.meta.url)

const outputs: Readonly<Record<string, readonly string[]>> = {
  'mcp.ts': [
    "[ 'calculator.math_add' ]",
    '{ sum: 3 }',
    'VALIDATION_ERROR The input of calculator.math_add does not fit: /a must be number',
  ],
  'openapi.ts': [
    'GET /tulips/7?fields=id,colour key: open-sesame',
    "{ id: 7, colour: 'red' } 200",
    'GET /tulips/8 key: open-sesame',
    'EXECUTION_ERROR HTTP 404 Not Found: the answer to GET /tulips/{id}. {',
    '  status: 404,',
    "  statusText: 'Not Found',",
    "  headers: { 'content-type': 'application/json' },",
    "  body: { why: 'no such tulip' }",
    '}',
    "3.1.0 [ '/api/operations/garden.tulips_get' ]",
  ],
  'schema-libraries.ts': [
    'Hello Ada',
    '{"type":"object","properties":{"name":{"type":"string","minLength":1}},"required":["name"],"$schema":"https://json-schema.org/draft/2020-12/schema"}',
  ],
}

test.each(Object.entries(outputs))(
  'the example %s runs and prints what it should',
  async (file, lines) => {
    const { stdout, stderr } = await run(process.execPath, [new URL(file, examples).pathname])
    expect(stderr).toBe('')
    expect(stdout.trimEnd().split('\n')).toEqual(lines)
  },
)
