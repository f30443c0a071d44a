import { mkdtemp, rm, writeFile, appendFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Progress, readProgressLine } from './progress.ts'
import type { ProgressLine } from './progress.ts'
import { BackgroundLog } from './stack/background-log.ts'
import { memoryIo } from './testing/memory-io.ts'

const plain = (text: string): string => text.replaceAll(/\(\d+\.\d s\)/g, '(0.0 s)')

test('where there is no terminal each step has a line when it begins, for its details, and when it ends', async () => {
  const { io, err } = memoryIo()
  const progress = new Progress(io, { quiet: false })
  await progress.step('Redis', async (say) => say('installing it'))
  progress.note('Port 3000 is taken.')
  await expect(progress.step('Keys', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(plain(err())).toBe(
    '  … Redis\n  … Redis: installing it\n  ✓ Redis (0.0 s)\n  ! Port 3000 is taken.\n  … Keys\n  ✗ Keys (0.0 s)\n',
  )
})

test('a terminal that reports no width gets whole lines', async () => {
  const { io, err } = memoryIo()
  Object.assign(io.stderr, { isTTY: true, columns: 0 })
  await new Progress(io, { quiet: false }).step('PostgreSQL', async () => undefined)
  expect(err()).toContain('… PostgreSQL\r')
})

test('with --json there is no progress', async () => {
  const { io, err } = memoryIo()
  await new Progress(io, { quiet: true }).step('Redis', async () => undefined)
  expect(err()).toBe('')
})

test('a start in the background shows the same lines, and what else it said is the reason of its failure', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-progress-'))
  const file = join(folder, 'up.log')
  await writeFile(file, 'an earlier start\n')
  const seen: ProgressLine[] = []
  const log = new BackgroundLog(file, 17, (line) => seen.push(line))
  await appendFile(file, '  … Redis\n  ✓ Red')
  await log.read()
  await appendFile(file, 'is (0.1 s)\nalkhub: It is broken. Repair')
  await log.read()
  await appendFile(file, ' it.\n')
  await log.read()
  expect(seen).toEqual([
    { mark: 'begun', text: 'Redis' },
    { mark: 'done', text: 'Redis (0.1 s)' },
  ])
  expect(log.failure).toBe('It is broken. Repair it.')
  expect(readProgressLine('anything else')).toBeUndefined()
  await rm(folder, { recursive: true })
})
