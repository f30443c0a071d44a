import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../testing/memory-io.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alkhub-budgets-'))
  await writeFile(join(folder, 'key'), 'alk_0123456789', { mode: 0o600 })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test.each([
  [['budgets', 'set', '--cost', '5'], 'Whose budget?'],
  [['budgets', 'set', '--key', 'a', '--org', 'b', '--cost', '5'], 'contradict'],
  [['budgets', 'set', '--for-model', 'a/b'], 'Which limit?'],
  [['budgets', 'set', '--for-model', 'a/b', '--cost', 'much'], 'US dollars'],
  [['budgets', 'set', '--for-model', 'a/b', '--tokens', '1.5'], 'whole number'],
  [['budgets', 'set', '--for-model', 'a/b', '--cost', '5', '--per', 'year'], 'no period'],
  [['usage', '--by', 'colour'], 'no group'],
  [['chat'], 'Which model?'],
  [['chat', 'a/b', ' '], 'There is no prompt for the model `a/b`.'],
  [['calls', 'stats', '--step', '5m'], 'Add `--by minute`.'],
])('%j is refused with what is wrong', async (args, words) => {
  const { code, err } = await run([
    ...args,
    ...['--hub', 'http://127.0.0.1:9', '--key-file', join(folder, 'key')],
  ])
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(words) })
})
