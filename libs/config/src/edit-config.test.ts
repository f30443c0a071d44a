import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey } from '@alkdev/crypto'
import { expect, test } from 'vitest'
import {
  encryptValue,
  getValue,
  initConfig,
  loadConfig,
  plainSecrets,
  setValue,
  unsetValue,
} from './index.ts'

interface Place extends AsyncDisposable {
  readonly path: string
  readonly masterKeyPath: string
}

async function place(content: string): Promise<Place> {
  const dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-edit-'))
  const path = join(dir.path, 'c.yaml')
  const masterKeyPath = join(dir.path, 'key')
  await writeFile(path, content)
  await writeFile(masterKeyPath, generateKey())
  return { path, masterKeyPath, [Symbol.asyncDispose]: () => dir.remove() }
}

const at = (
  p: Place,
  setting: string,
): { path: string; masterKeyPath: string; setting: string } => ({
  path: p.path,
  masterKeyPath: p.masterKeyPath,
  setting,
})

test('a plain setting is changed and the comments of the file stay', async () => {
  await using p = await place('# ours\nlogging:\n  # loud\n  level: info\n')
  await setValue({ ...at(p, 'logging.level'), value: 'debug' })
  expect(await readFile(p.path, 'utf8')).toBe('# ours\nlogging:\n  # loud\n  level: debug\n')
  expect(await getValue(at(p, 'logging.level'))).toBe('debug')
})

test('a secret is encrypted without being asked for, and read back only when revealed', async () => {
  await using p = await place('logging: {}\n')
  const url = 'postgres://u:open-sesame@h/d'
  await setValue({ ...at(p, 'postgres.url'), value: url })
  expect(await readFile(p.path, 'utf8')).not.toContain('open-sesame')
  expect(await getValue(at(p, 'postgres'))).toEqual({ url: '[secret]' })
  expect(await getValue(at(p, 'postgres.url'))).toBe('[secret]')
  expect(await getValue({ ...at(p, 'postgres.url'), reveal: true })).toBe(url)
  const config = await loadConfig({
    path: p.path,
    masterKeyPath: p.masterKeyPath,
    service: 'migrate',
  })
  expect(config.postgres.url.reveal()).toBe(url)
})

test('a setting inside a sealed section is changed there and the section stays sealed', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-edit-'))
  await initConfig({ dir: join(dir.path, 's'), compose: true })
  const target = {
    path: join(dir.path, 's', 'migrate.json'),
    masterKeyPath: join(dir.path, 's', 'master.key'),
  }
  const before = await loadConfig({ ...target, service: 'migrate' })
  await setValue({ ...target, setting: 'postgres.maxConnections', value: 3 })
  const { postgres } = await loadConfig({ ...target, service: 'migrate' })
  expect(postgres.maxConnections).toBe(3)
  expect(postgres.url.reveal()).toBe(before.postgres.url.reveal())
  expect(Object.keys(JSON.parse(await readFile(target.path, 'utf8')).postgres)).toEqual([
    '_encrypted',
  ])
})

test('a value that does not fit is refused, named by its path, and nothing is written', async () => {
  await using p = await place('logging: {}\n')
  const refused = async (setting: string, value: unknown): Promise<void> => {
    await expect(setValue({ ...at(p, setting), value })).rejects.toThrow(/^Nothing was written: /)
    await expect(setValue({ ...at(p, setting), value })).rejects.not.toThrow(/leaked/)
  }
  await refused('http.ports.gateway', 'leaked')
  await refused('logging.colour', 'leaked')
  await refused('encryptionKeys', 'v1:leaked')
  await refused('postgres.url', 'http://leaked')
  expect(await readFile(p.path, 'utf8')).toBe('logging: {}\n')
})

test('names that are no settings are refused', async () => {
  await using p = await place('{}')
  await expect(getValue(at(p, 'nothing.here'))).rejects.toThrow('names no section')
  await expect(setValue({ ...at(p, 'http.__proto__.x'), value: 1 })).rejects.toThrow(
    'is no path of a setting',
  )
})

test('a JSON Pointer reaches names with dots', async () => {
  await using p = await place('{}')
  await setValue({ ...at(p, '/inference/aliases/gpt-4.1'), value: ['openai/gpt-4.1'] })
  expect(await getValue(at(p, '/inference/aliases/gpt-4.1'))).toEqual(['openai/gpt-4.1'])
})

test('an encrypted value may be pasted at its own setting and at no other', async () => {
  await using p = await place('{}')
  const sealed = await encryptValue({ ...at(p, 'bus.key'), value: generateKey() })
  await writeFile(p.path, JSON.stringify({ bus: { key: sealed } }))
  expect(await getValue(at(p, 'bus'))).toEqual({ key: '[secret]' })
  await writeFile(p.path, JSON.stringify({ bus: { previousKey: sealed } }))
  await expect(getValue({ ...at(p, 'bus.previousKey'), reveal: true })).rejects.toThrow(
    'config:/bus/previousKey',
  )
})

test('secrets that lie in clear are named by path, sealed ones are not', async () => {
  await using p = await place(
    JSON.stringify({
      postgres: { url: 'postgres://u:p@h/d' },
      encryptionKeys: 'v1:x',
      bus: { key: 'x' },
      http: { host: 'h' },
    }),
  )
  expect(await plainSecrets(p.path)).toEqual(['postgres.url', 'encryptionKeys', 'bus.key'])
  await setValue({ ...at(p, 'postgres.url'), value: 'postgres://u:p@h/d' })
  expect(await plainSecrets(p.path)).not.toContain('postgres.url')
})

test('a setting is taken out, and comments and the rest of the file stay', async () => {
  await using p = await place('# ours\nlogging:\n  level: debug # loud\nhttp:\n  host: h\n')
  expect(await unsetValue(at(p, 'logging.level'))).toBe(true)
  expect(await readFile(p.path, 'utf8')).toBe('# ours\nlogging: {}\nhttp:\n  host: h\n')
  expect(await getValue(at(p, 'logging.level'))).toBeUndefined()
  expect(await unsetValue(at(p, 'logging.level'))).toBe(false)
  await setValue({ ...at(p, '/inference/aliases/gpt-4.1'), value: ['openai/gpt-4.1'] })
  expect(await unsetValue(at(p, '/inference/aliases/gpt-4.1'))).toBe(true)
  expect(await getValue(at(p, 'inference'))).toEqual({ aliases: {} })
})

test('a setting inside a sealed section is taken out there, and one that is needed stays', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-edit-'))
  await initConfig({ dir: join(dir.path, 's'), compose: true })
  const target = {
    path: join(dir.path, 's', 'migrate.json'),
    masterKeyPath: join(dir.path, 's', 'master.key'),
  }
  await setValue({ ...target, setting: 'postgres.maxConnections', value: 3 })
  expect(await unsetValue({ ...target, setting: 'postgres.maxConnections' })).toBe(true)
  const { postgres } = await loadConfig({ ...target, service: 'migrate' })
  expect(postgres.maxConnections).not.toBe(3)
  await expect(unsetValue({ ...target, setting: 'postgres.url' })).rejects.toThrow(
    /^Nothing was written: /,
  )
})
