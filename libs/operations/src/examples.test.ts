import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const examples = new URL('../examples/', import.meta.url)

const outputs: Readonly<Record<string, readonly string[]>> = {
  'composition.ts': [
    'square is called by request-1',
    'square is called by request-1',
    '25',
  ].toSorted(),
  'event-target.ts': ['HELLO', 'pending: 0'],
  'local.ts': [
    'found: read',
    "{ text: 'This is tulips.' } local",
    'VALIDATION_ERROR The input of notes.read does not fit: /title is required',
    'ACCESS_DENIED notes.read needs read on the project at /projectId.',
  ],
  'peers.ts': ['1', '2', '3', 'There is no operation "clock.nothing".', 'the clock has stopped'],
}

test('each example of this list is there', async () => {
  const files = await readdir(examples)
  for (const file of Object.keys(outputs)) expect(files).toContain(file)
})

test.each(Object.entries(outputs))(
  'the example %s runs and prints what it should',
  async (file, lines) => {
    const { stdout, stderr } = await run(process.execPath, [new URL(file, examples).pathname])
    expect(stderr).toBe('')
    expect(stdout.trimEnd().split('\n').toSorted()).toEqual([...lines].toSorted())
  },
)
