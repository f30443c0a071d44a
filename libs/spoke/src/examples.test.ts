import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const examples = new URL('../examples/', import.meta.url)

const outputs = {
  'with-test-hub.ts': ['1.5', 'DIVIDED_BY_ZERO No such number.', 'VALIDATION_ERROR', '2', '1', '0'],
  'resumable.ts': ['attached', 'cut off', 'attached', 'built'],
} as const

test.each(Object.entries(outputs))(
  'the example %s runs, prints the expected output, and exits',
  async (file, lines) => {
    const { stdout, stderr } = await run(process.execPath, [new URL(file, examples).pathname])
    expect(stdout.trimEnd().split('\n')).toEqual(lines)
    expect(stderr).toBe('')
  },
)

test('every example is run by a test', async () => {
  const files = await readdir(examples)
  // attach.ts needs a real hub; the end-to-end tests run it.
  expect(files.toSorted()).toEqual([...Object.keys(outputs), 'attach.ts'].toSorted())
})

test('the first example of the README equals the tested file', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const example = await readFile(new URL('attach.ts', examples), 'utf8')
  const lines = /```ts\n([^]*?)```/.exec(readme)?.[1]?.trim().split('\n') ?? []
  expect(lines.length).toBeGreaterThan(5)
  for (const line of lines) expect(example).toContain(line)
})
