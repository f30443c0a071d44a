import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const vitest = fileURLToPath(
  import.meta.resolve('vitest/package.json').replace('package.json', 'vitest.mjs'),
)
const config = fileURLToPath(new URL('fixtures/counts.config.ts', import.meta.url))

test('a parent gets the counts, and the failed files of projects that try twice', async () => {
  const child = spawn(process.execPath, [vitest, 'run', '--config', config], {
    env: { ...process.env, VITEST: undefined, NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  const [message] = (await once(child, 'message')) as [unknown]
  const path = 'scripts/test-run/fixtures/failing.counts.ts'
  expect(message).toEqual({
    ...{ passed: 2, failed: 2, skipped: 2 },
    repeatable: [{ path, passed: 1, failed: 1, skipped: 1 }],
  })
  expect(await ended).toEqual([1, null])
})
