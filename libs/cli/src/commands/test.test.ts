import { expect, test } from 'vitest'
import { UsageError } from '../failure.ts'
import { run } from '../testing/memory-io.ts'
import { shardOf } from './test.ts'

test.each(['1/1', '1/3', '3/3', '12/40'])('--shard takes %s', (text) => {
  expect(shardOf(text)).toBe(text)
})

test.each(['', '0/3', '4/3', '1/0', '1', '1/', '1/3/5', ' 1/3', '-1/3', '1.5/3', '01/3'])(
  '--shard refuses %j as a usage error that states the form',
  (text) => {
    expect(() => shardOf(text)).toThrow(
      new UsageError(
        `--shard does not take \`${text}\`.`,
        'Give N/M with N from 1 to M, such as `1/3`.',
      ),
    )
  },
)

test('in a pipe the summary appears once and without colours', async () => {
  const { code, out } = await run(['test', 'libs/cli/src/stack/process-words'])
  expect(out.match(/\d+ passed, \d+ failed, \d+ skipped/g)).toHaveLength(1)
  expect(out.trimEnd()).toMatch(/\n[1-9]\d* passed, 0 failed, 0 skipped$/)
  expect(out).not.toContain('\u001B')
  expect(code).toBe(0)
}, 60_000)
