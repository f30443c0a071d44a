import { appendFile, mkdtempDisposable, open, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LogFile } from '../stack/log-file.ts'
import { memoryIo } from '../testing/memory-io.ts'
import { printLogs } from './print-logs.ts'
import type { LogsOptions } from './print-logs.ts'

const folder = () => mkdtempDisposable(join(tmpdir(), 'alkhub-logs-'))
const START = Date.parse('2026-11-29T10:00:00.000Z')

/** A JSON line of a second after the start. */
const line = (second: number, msg: string, level = 30): string =>
  `${JSON.stringify({ level, time: START + second * 1000, msg })}\n`

const defaults = {
  named: [],
  lines: 50,
  since: undefined,
  level: undefined,
  follow: false,
  json: true,
  stack: false,
}

/** The messages that are printed, with their processes. */
async function printed(dir: string, options: Partial<LogsOptions> = {}): Promise<string[]> {
  const { io, out } = memoryIo()
  await printLogs({ ...defaults, folder: dir, ...options }, io)
  return messages(out())
}

function messages(out: string): string[] {
  return out
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => {
      const { service, msg } = JSON.parse(text) as { service: string; msg: string }
      return `${service} ${msg}`
    })
}

/** Follows the logs while `work` runs; `until` waits for what was printed. */
async function following(
  dir: string,
  options: Partial<LogsOptions>,
  work: (until: (last: string) => Promise<readonly string[]>) => Promise<void>,
): Promise<void> {
  const controller = new AbortController()
  const { io, out } = memoryIo({ signal: controller.signal })
  const done = printLogs({ ...defaults, folder: dir, ...options, follow: true }, io)
  try {
    await work(async (last) => {
      await expect.poll(() => messages(out()).at(-1), { timeout: 60_000 }).toBe(last)
      return messages(out())
    })
  } finally {
    controller.abort()
    await done
  }
}

test('lines of all processes are merged by time, those of the earlier file before', async () => {
  await using dir = await folder()
  const file = (name: string) => join(dir.path, name)
  await writeFile(file('gateway.log.1'), line(0, 'a') + line(3, 'd'))
  await writeFile(file('gateway.log'), line(5, 'f') + line(6, 'g'))
  await writeFile(file('mcp.log'), line(1, 'b') + line(4, 'e'))
  await writeFile(file('redis.log'), '1:M 29 Nov 2026 xx\n')
  await writeFile(file('postgres.log'), '2026-11-29 10:00:02.000 UTC [1] LOG:  c\n')
  await writeFile(file('up.log'), '  ✓ PostgreSQL (1.2 s)\n')
  const all = ['gateway a', 'mcp b', 'postgres c', 'gateway d', 'mcp e', 'gateway f', 'gateway g']
  expect(await printed(dir.path)).toEqual(['redis 1:M 29 Nov 2026 xx', ...all])
  expect(await printed(dir.path, { lines: undefined, since: START })).toEqual(all)
  for (const lines of [0, 1, 2, 3, 5, 7])
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await printed(dir.path, { lines })).toEqual(all.slice(all.length - lines))
  expect(await printed(dir.path, { named: ['mcp', 'postgres'] })).toEqual([
    'mcp b',
    'postgres c',
    'mcp e',
  ])
  expect(await printed(dir.path, { named: ['up'] })).toEqual(['up   ✓ PostgreSQL (1.2 s)'])
  expect(await printed(dir.path, { lines: undefined, since: START + 3000 })).toEqual(all.slice(3))
  expect(await printed(dir.path, { lines: 2, since: START + 3000 })).toEqual(all.slice(-2))
  expect(await printed(dir.path, { since: START + 60_000 })).toEqual([])
})

test('a log whose clock stepped back is read from the place that gives the number of lines', async () => {
  await using dir = await folder()
  const file = (name: string) => join(dir.path, name)
  await writeFile(file('gateway.log'), line(0, 'a') + line(9, 'b') + line(3, 'c') + line(4, 'd'))
  await writeFile(file('mcp.log'), line(1, 'x') + line(2, 'y') + line(5, 'z'))
  const all = ['gateway a', 'mcp x', 'mcp y', 'mcp z', 'gateway b', 'gateway c', 'gateway d']
  expect(await printed(dir.path)).toEqual(all)
  expect(await printed(dir.path, { lines: 3 })).toEqual(['gateway c', 'gateway d', 'mcp z'])
  expect(await printed(dir.path, { lines: 4 })).toEqual([
    'mcp z',
    'gateway b',
    'gateway c',
    'gateway d',
  ])
})

test('of a level only the lines are counted and printed that have it, with what continues them', async () => {
  await using dir = await folder()
  const file = join(dir.path, 'gateway.log')
  const crash = 'node:internal/x:1\n    at a\n'
  await writeFile(
    file,
    line(0, 'a', 50) + crash + line(1, 'b') + line(2, 'c', 40) + line(3, 'd', 20),
  )
  const level = 'warn'
  expect(await printed(dir.path, { level })).toEqual([
    'gateway a',
    'gateway node:internal/x:1',
    'gateway     at a',
    'gateway c',
  ])
  expect(await printed(dir.path, { level, lines: 2 })).toEqual(['gateway     at a', 'gateway c'])
})

test('lines that are no JSON, half a line at the end, and bytes that are no text are printed', async () => {
  await using dir = await folder()
  const file = join(dir.path, 'gateway.log')
  await writeFile(file, `${line(0, 'a')}{"level":30,"ti\n\n\r\n[1,2]\n{}\n`)
  await appendFile(file, Buffer.from([0xff, 0xfe, 10]))
  await appendFile(file, '{"level":30,"time":')
  expect(await printed(dir.path)).toEqual([
    'gateway a',
    'gateway {"level":30,"ti',
    'gateway [1,2]',
    'gateway ',
    'gateway \ufffd\ufffd',
    'gateway {"level":30,"time":',
  ])
  expect(await printed(dir.path, { lines: 1 })).toEqual(['gateway {"level":30,"time":'])
})

test('the last lines of a log of 8 GiB are found from its end', async () => {
  await using dir = await folder()
  const file = join(dir.path, 'gateway.log')
  const handle = await open(file, 'w')
  await handle.truncate(8 * 1024 ** 3)
  await handle.close()
  const last = Array.from({ length: 3000 }, (_, at) => line(at, `line ${at}`))
  await appendFile(file, `\n${last.join('')}`)
  const found = await printed(dir.path, { lines: 2500 })
  expect([found.length, found[0], found.at(-1)]).toEqual([
    2500,
    'gateway line 500',
    'gateway line 2999',
  ])
})

test('a line of 3 MB is printed in pieces of at most 320 KiB', async () => {
  await using dir = await folder()
  const size = 3_000_000
  await writeFile(join(dir.path, 'mcp.log'), `${line(0, 'a')}${'x'.repeat(size)}\n${line(1, 'b')}`)
  const found = await printed(dir.path)
  expect([found[0], found.at(-1)]).toEqual(['mcp a', 'mcp b'])
  const pieces = found.slice(1, -1).map((one) => one.slice('mcp '.length))
  expect(pieces.join('')).toBe('x'.repeat(size))
  expect(Math.max(...pieces.map((one) => one.length))).toBeLessThanOrEqual(320 * 1024)
  expect(await printed(dir.path, { lines: 1 })).toEqual(['mcp b'])
})

test('a name without a log is refused with the nearest one', async () => {
  await using dir = await folder()
  await expect(printed(dir.path)).rejects.toThrow('There are no logs in this clone yet.')
  await writeFile(join(dir.path, 'up.log'), 'could not start\n')
  expect(await printed(dir.path)).toEqual(['up could not start'])
  await writeFile(join(dir.path, 'gateway.log'), '')
  await expect(printed(dir.path, { named: ['gatewai'] })).rejects.toThrow(
    'There is no log of `gatewai`. Did you mean `gateway`?',
  )
})

test('followed without earlier lines, only new whole lines are printed, and those of new processes', async () => {
  await using dir = await folder()
  const file = join(dir.path, 'gateway.log')
  await writeFile(file, `${line(0, 'old')}${line(1, 'half').slice(0, 9)}`)
  await following(dir.path, { lines: 0 }, async (until) => {
    await appendFile(join(dir.path, 'mcp.log'), line(2, 'first'))
    expect(await until('mcp first')).toEqual(['mcp first'])
    await appendFile(file, line(1, 'half').slice(9))
    expect(await until('gateway half')).toEqual(['mcp first', 'gateway half'])
    await appendFile(file, line(3, 'more'))
    await until('gateway more')
  })
})

test('followed through renames, every line is printed once', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'gateway.log')
  await writeFile(path, line(0, 'begin'))
  await writeFile(`${path}.1`, line(-1, 'earlier'))
  // 14 lines to a file.
  const log = new LogFile(path, 800)
  await following(dir.path, { lines: 1 }, async (until) => {
    const wanted = ['gateway begin']
    await until('gateway begin')
    // At most one rename between two readings.
    for (let first = 1; first <= 60; first += 10) {
      for (let at = first; at < first + 10; at += 1) {
        log.write(line(at, `${at}`))
        wanted.push(`gateway ${at}`)
      }
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await until(wanted.at(-1) ?? '')
    }
    expect(await until('gateway 60')).toEqual(wanted)
  })
})

test('a followed file that is cut off, or replaced by another one, is read from its start', async () => {
  await using dir = await folder()
  const path = join(dir.path, 'gateway.log')
  await writeFile(`${path}.1`, line(-1, 'earlier'))
  await writeFile(path, line(0, 'a') + line(1, 'b'))
  await following(dir.path, {}, async (until) => {
    await until('gateway b')
    await writeFile(path, line(2, 'c'))
    await until('gateway c')
    const other = join(dir.path, 'other')
    await writeFile(other, line(3, 'd'))
    await rename(other, path)
    expect(await until('gateway d')).toEqual([
      'gateway earlier',
      'gateway a',
      'gateway b',
      'gateway c',
      'gateway d',
    ])
  })
})

test('nothing is coloured unless the output is a terminal that wants it', async () => {
  await using dir = await folder()
  await writeFile(join(dir.path, 'gateway.log'), line(0, 'a', 50))
  const shown = async (isTTY: boolean, env: Record<string, string>): Promise<string> => {
    const { io, out } = memoryIo({ env })
    Object.assign(io.stdout, { isTTY })
    await printLogs({ ...defaults, folder: dir.path, json: false }, io)
    return out()
  }
  expect(await shown(true, {})).toContain('\u001b[31mERROR')
  for (const plain of [await shown(false, {}), await shown(true, { NO_COLOR: '1' })])
    expect(plain).toMatch(/^[\d :.-]+ gateway ERROR a\n$/)
})
