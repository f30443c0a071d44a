import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const examples = new URL('../examples/', import.meta.url)

const outputs = {
  'in-process.ts': ['order.paid order-7 4200', 'receivers now: 0'],
  'operators.ts': ['too hot: 250 and 251'],
  'websocket.ts': [
    'server received: this is anna',
    'receivers: 1',
    'client received: hello anna',
    'another client: ACCESS_DENIED',
  ],
  'worker.ts': ['4', '9', '16'],
} as const

test.each(Object.entries(outputs))(
  'the example %s runs and prints what it should',
  async (file, lines) => {
    const { stdout, stderr } = await run(process.execPath, [new URL(file, examples).pathname])
    expect(stdout.trimEnd().split('\n')).toEqual(lines)
    expect(stderr).toBe('')
  },
)

test('every example is run by a test', async () => {
  const files = await readdir(examples)
  expect(files.toSorted()).toEqual([...Object.keys(outputs), 'redis.ts'].toSorted())
})
