import { mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '@alkdev/config'
import { expect, test } from 'vitest'
import { run } from '../testing/memory-io.ts'
import { addressOf } from './config/init.ts'

/** A folder with `made/`, as `config init` makes it. */
async function made() {
  const dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-config-'))
  const { code, out } = await run(['config', 'init', '--dir', 'made'], { cwd: dir.path })
  expect(code).toBe(0)
  return { ...dir, path: dir.path, out, config: ['--config', 'made/gateway.json'] as const }
}

test('init makes everything once, and a second run changes nothing', async () => {
  await using dir = await made()
  expect(dir.out).toContain('Made 10 files in made.')
  expect(dir.out).toContain('alkhub migrate --config made/migrate.json')
  const key = await readFile(join(dir.path, 'made/master.key'), 'utf8')
  const again = await run(['config', 'init', '--dir', 'made', '--json'], { cwd: dir.path })
  expect(JSON.parse(again.out)).toMatchObject({ created: false })
  expect(await readFile(join(dir.path, 'made/master.key'), 'utf8')).toBe(key)
})

test('addresses of servers are shown without a password', () => {
  expect(addressOf('redis', '10.0.0.5:7000', 6379)).toEqual({ host: '10.0.0.5', port: 7000 })
  expect(addressOf('redis', 'cache.internal', 6379)).toEqual({ host: 'cache.internal', port: 6379 })
  for (const text of ['u:planted@h:1', 'redis://h:1', ':7000', 'h:port'])
    expect(() => addressOf('redis', text, 6379)).toThrow('--redis takes HOST:PORT')
})

test('a setting is changed after a check, and shown', async () => {
  await using dir = await made()
  const here = { cwd: dir.path }
  expect(
    (await run(['config', 'set', 'http.ports.gateway', '4000', ...dir.config], here)).code,
  ).toBe(0)
  expect((await run(['config', 'get', 'http.ports.gateway', ...dir.config], here)).out).toBe(
    '4000\n',
  )
  const debug = await run(['config', 'set', 'logging.level', 'debug', ...dir.config], here)
  expect(debug).toMatchObject({ code: 0, out: expect.stringContaining('started again') })
  expect((await run(['config', 'get', 'logging', ...dir.config], here)).out).toBe(
    '{\n  "level": "debug"\n}\n',
  )
  const wrong = await run(['config', 'set', 'http.ports.gateway', '70000', ...dir.config], here)
  expect(wrong.err).toContain('http.ports.gateway: expected an integer from 0 to 65535')
  const absent = await run(['config', 'get', 'http.publicUrl', ...dir.config], here)
  expect(absent).toEqual({ code: 0, out: '(not set, and it has no default)\n', err: '' })
  const host = await run(['config', 'get', 'http.maxBodyBytes', ...dir.config], here)
  expect(host.out).toBe('1048576 (default)\n')
  const unknown = await run(['config', 'get', 'logging.nope', ...dir.config], here)
  expect(unknown).toMatchObject({
    code: 2,
    err: expect.stringContaining('There is no setting `logging.nope`.'),
  })
})

test('a setting is taken out once, and one that does not exist is named', async () => {
  await using dir = await made()
  const here = { cwd: dir.path }
  const alias = 'inference.aliases.small'
  await run(['config', 'set', alias, '["acme/small"]', ...dir.config], here)
  const taken = await run(['config', 'unset', alias, ...dir.config, '--json'], here)
  expect(JSON.parse(taken.out)).toMatchObject({ setting: alias, wasSet: true })
  const again = await run(['config', 'unset', alias, ...dir.config], here)
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining('does not contain') })
  const unknown = await run(['config', 'unset', 'logging.nope', ...dir.config], here)
  expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('no setting') })
})

test('a secret is never taken as an argument, in whatever form', async () => {
  await using dir = await made()
  const before = await readFile(join(dir.path, 'made/gateway.json'), 'utf8')
  for (const [setting, value] of [
    ['postgres.url', 'postgres://u:planted-7@h/d'],
    ['postgres.password', 'planted-7'],
    ['bus', '{"key":"planted-7"}'],
    ['http.publicUrl', 'https://u:planted-7@h'],
    ['encryptionKeys', 'planted-7'],
  ] as const) {
    const { code, out, err } = await run(['config', 'set', setting, value, ...dir.config], {
      cwd: dir.path,
    })
    expect(code).toBe(2)
    expect(err).toMatch(/is visible to every user of this machine/)
    expect(out + err).not.toContain('planted-7')
  }
  expect(await readFile(join(dir.path, 'made/gateway.json'), 'utf8')).toBe(before)
})

test('a secret comes from standard input, is sealed in the file, and shown only on demand', async () => {
  await using dir = await made()
  const here = { cwd: dir.path }
  const url = 'postgres://u:planted-8@h:5432/d'
  const set = ['config', 'set', 'postgres.url', '--value-file', '-', ...dir.config]
  expect((await run(set, { ...here, input: `${url}\n` })).code).toBe(0)
  expect(await readFile(join(dir.path, 'made/gateway.json'), 'utf8')).not.toContain('planted-8')
  const hidden = await run(['config', 'get', 'postgres.url', ...dir.config], here)
  expect(hidden.out).toBe('[secret]\n')
  const shown = await run(['config', 'get', 'postgres.url', '--reveal', ...dir.config], here)
  expect(shown.out).toBe(`${url}\n`)
})

test('what encrypt prints opens at its setting', async () => {
  await using dir = await made()
  const url = 'redis://u:planted-9@h:6379'
  const { out } = await run(
    ['config', 'encrypt', 'redis.url', '--value-file', '-', '--master-key', 'made/master.key'],
    { cwd: dir.path, input: url },
  )
  expect(out).not.toContain('planted-9')
  const path = join(dir.path, 'made/gateway.json')
  const tree = JSON.parse(await readFile(path, 'utf8'))
  await writeFile(path, JSON.stringify({ ...tree, redis: { url: JSON.parse(out) } }))
  const masterKeyPath = join(dir.path, 'made/master.key')
  const config = await loadConfig({ path, masterKeyPath, service: 'gateway' })
  expect(config.redis.url.reveal()).toBe(url)
})

test('rotate-master replaces the key, and every config opens with the new one alone', async () => {
  await using dir = await made()
  const masterKeyPath = join(dir.path, 'made/master.key')
  const old = await readFile(masterKeyPath, 'utf8')
  const { code, out } = await run(['config', 'rotate-master', '--dir', 'made', '--json'], {
    cwd: dir.path,
  })
  expect(code).toBe(0)
  expect(JSON.parse(out).files).toHaveLength(6)
  expect(await readFile(masterKeyPath, 'utf8')).not.toBe(old)
  expect((await stat(masterKeyPath)).mode & 0o777).toBe(0o600)
  const path = join(dir.path, 'made/gateway.json')
  await loadConfig({ path, masterKeyPath, service: 'gateway' })
  const short = await run(['config', 'rotate-master', '--dir', 'made', '--passphrase-file', '-'], {
    cwd: dir.path,
    input: 'short',
  })
  expect(short.code).toBe(1)
  expect(short.err).toContain('Nothing was changed')
  await loadConfig({ path, masterKeyPath, service: 'gateway' })
})

test('without a config file the sentence says how to name or make one', async () => {
  const { err } = await run(['config', 'get', 'http.host'], { env: {} })
  expect(err).toBe(
    'alkhub: No config file is named. Name one with --config FILE or ALKHUB_CONFIG_PATH; `alkhub config init` makes one.\n',
  )
  expect((await run(['rotate-keys'], { env: {} })).err).toContain('Name it with --dir FOLDER')
})

test('rotate-keys adds the key to every file that has a ring, then only waits', async () => {
  await using dir = await made()
  const here = { cwd: dir.path }
  const added = await run(['rotate-keys', '--dir', 'made', '--json'], here)
  expect(JSON.parse(added.out)).toEqual({
    added: 'v2',
    files: ['coordinator', 'gateway', 'inference-proxy', 'mcp'].map((name) =>
      join(dir.path, `made/${name}.json`),
    ),
  })
  expect((await run(['rotate-keys', '--dir', 'made'], here)).err).toContain(
    'Restart every service, then run `alkhub rotate-keys --activate`.',
  )
  const active = await run(['rotate-keys', '--dir', 'made', '--activate', '--files-only'], here)
  expect(active).toMatchObject({ code: 0, err: '' })
  const ring = await run(['config', 'get', 'encryptionKeys', '--reveal', ...dir.config], here)
  expect(ring.out).toMatch(/^v2:[^,]+,v1:[^,]+\n$/)
})

test('activating without Redis and the database changes nothing', async () => {
  await using dir = await made()
  const here = { cwd: dir.path }
  await run(['rotate-keys', '--dir', 'made'], here)
  for (const name of ['gateway', 'inference-proxy', 'mcp'])
    await run(
      ['config', 'set', 'postgres.url', '--value-file', '-', '--config', `made/${name}.json`],
      { ...here, input: 'postgres://u:p@127.0.0.1:1/d' },
    )
  const { code, err } = await run(['rotate-keys', '--dir', 'made', '--activate'], here)
  expect(code).toBe(1)
  expect(err).toContain('Nothing was changed: Redis at')
  expect(err).toContain('--files-only')
  const ring = await run(['config', 'get', 'encryptionKeys', '--reveal', ...dir.config], here)
  expect(ring.out).toMatch(/^v1:[^,]+,v2:[^,]+\n$/)
})
