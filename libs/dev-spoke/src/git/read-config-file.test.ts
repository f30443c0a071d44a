import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readConfigFile } from './read-config-file.ts'

let folder: string
let file: string
let processes = 0
const count = (): void => void (processes += 1)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alkdev-config-'))
  file = join(folder, 'config')
  processes = 0
  subscribe('child_process', count)
})
afterEach(() => {
  unsubscribe('child_process', count)
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

const write = (name: string): void => writeFileSync(file, `[user]\n\tname = ${name}\n`)
const says = (name: string) => [{ key: 'user.name', value: name }]
const later = (): void => void vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ['Date'] })

test('a file that has not changed for some time is read by git once', async () => {
  write('one')
  later()
  for (let at = 0; at < 3; at += 1) expect(await readConfigFile(file)).toEqual(says('one'))
  expect(processes).toBe(1)
})

test('a file that was changed, replaced or removed is not taken for what it was', async () => {
  write('one')
  later()
  expect(await readConfigFile(file)).toEqual(says('one'))
  rmSync(file)
  expect(await readConfigFile(file)).toEqual([])
  write('two')
  expect(await readConfigFile(file)).toEqual(says('two'))
})

test('a file that was changed a moment ago is read each time', async () => {
  write('one')
  for (let at = 0; at < 2; at += 1) expect(await readConfigFile(file)).toEqual(says('one'))
  expect(processes).toBe(2)
})
