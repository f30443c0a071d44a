import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const vitest = fileURLToPath(
  import.meta.resolve('vitest/package.json').replace('package.json', 'vitest.mjs'),
)
const config = fileURLToPath(new URL('fixtures/stall.config.ts', import.meta.url))

test('a run with an endless loop ends, names the file, and counts the other file', async () => {
  const child = spawn(process.execPath, [vitest, 'run', '--config', config], {
    env: { ...process.env, VITEST: undefined, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  expect(err).toContain('endless.stall.ts for 0.1 minutes')
  expect(out).toMatch(/^1 passed, 1 failed, 1 skipped$/mu)
  expect(code).toBe(1)
})
