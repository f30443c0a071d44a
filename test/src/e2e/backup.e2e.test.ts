import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { startPostgres } from '@alkdev/cli/local-servers'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeClone } from '../clone.ts'
import type { Clone, Ran } from '../clone.ts'
import { startFakeProvider } from '../fake-provider.ts'
import type { FakeProvider } from '../fake-provider.ts'
import { call } from '../http.ts'
import { shellCommands } from '../shell-blocks.ts'

const SECRET = 'planted-provider-secret-0123456789'

let clone: Clone
let provider: FakeProvider
let gateway = ''
let spoke = ''
let key = ''
let callId = ''
let sessionId = ''

beforeAll(async () => {
  clone = await makeClone({ built: true })
  provider = await startFakeProvider()
  await up()
  const admin = readFileSync(join(clone.folder, '.alkhub/admin.key'), 'utf8').trim()
  const made = await ok(admin, 'keys.create', { name: 'of a person', scopes: ['*'] })
  key = String(made['key'])
  await ok(key, 'clients.create', {
    name: 'fake',
    type: 'llm-provider',
    config: { baseUrl: provider.url },
    secret: SECRET,
  })
  await ok(key, 'projects.create', { slug: 'saved', name: 'Saved ✓' })
  await ok(key, `dev.${spoke}.fs.list`, {})
  sessionId = String((await ok(key, 'sessions.create', { title: 'before' }))['sessionId'])
  callId = await vi.waitFor(lastCall)
}, 400_000)
afterAll(async () => {
  await clone?.alkhub(['down'])
  clone?.[Symbol.dispose]()
  await provider?.[Symbol.asyncDispose]()
}, 60_000)

async function up(): Promise<void> {
  const { code, stderr } = await clone.alkhub(['up', '--detach'], { timeoutMs: 300_000 })
  if (code !== 0) throw new Error(`up ended with ${code}: ${stderr}`)
  readState()
}

function readState(): void {
  const state = JSON.parse(readFileSync(join(clone.folder, '.alkhub/stack.json'), 'utf8')) as {
    report: { urls: { gateway: string }; spoke: string }
  }
  gateway = state.report.urls.gateway
  spoke = state.report.spoke
}

async function ok(by: string, operation: string, input: unknown): Promise<Record<string, unknown>> {
  const { status, body } = await call({ gateway }, { key: by }, operation, input)
  if (status !== 200) throw new Error(`${operation}: ${status} ${JSON.stringify(body)}`)
  return (body as { data: Record<string, unknown> }).data
}

async function lastCall(): Promise<string> {
  const { items } = await ok(key, 'calls.list', { operationId: `dev.${spoke}.fs.list` })
  const [last] = items as { callId: string }[]
  if (last === undefined) throw new Error('the call is not in the history')
  return last.callId
}

async function succeeds(args: readonly string[]): Promise<Ran> {
  const ran = await clone.alkhub(args, { timeoutMs: 300_000 })
  expect([args, ran.code, ran.stderr]).toEqual([args, 0, ran.stderr])
  return ran
}

async function fails(args: readonly string[]): Promise<string> {
  const ran = await clone.alkhub(args, { timeoutMs: 300_000 })
  expect([args, ran.code]).toEqual([args, 1])
  return ran.stderr
    .split('\n')
    .filter((line) => line.startsWith('alkhub: '))
    .join('\n')
}

/** The folders of the data of PostgreSQL outside of the clone. */
function outside(): string[] {
  const hash = createHash('sha256').update(realpathSync(clone.folder)).digest('hex').slice(0, 12)
  const all = existsSync('/var/lib') ? readdirSync('/var/lib') : []
  return all
    .filter((name) => name.startsWith(`alkhub-${hash}`))
    .map((name) => join('/var/lib', name))
}

/** What is made of the sources, and the package manager that was fetched: a restore has no part in it. */
const BUILT = /^(?:pnpm-.*|sdk|console|bundles|compile-cache)$/

/** Everything that the stack keeps of its own. */
function destroy(): void {
  for (const name of readdirSync(join(clone.folder, '.alkhub')))
    if (!BUILT.test(name))
      rmSync(join(clone.folder, '.alkhub', name), { recursive: true, force: true })
  for (const folder of outside()) rmSync(folder, { recursive: true, force: true })
}

/** What was made before the backup is there: keys, calls, projects, sessions, secrets. */
async function expectAll(): Promise<void> {
  expect(await ok(key, 'calls.get', { callId })).toMatchObject({ callId })
  const { items } = await ok(key, 'projects.list', {})
  expect(items).toEqual(expect.arrayContaining([expect.objectContaining({ name: 'Saved ✓' })]))
  expect(await ok(key, 'sessions.get', { sessionId })).toMatchObject({ title: 'before' })
  const seen = provider.seen.length
  const answer = await fetch(`${gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'fake/good', messages: [{ role: 'user', content: 'Hi' }] }),
  })
  expect(answer.status).toBe(200)
  await answer.text()
  expect(provider.seen.slice(seen).map(({ authorization }) => authorization)).toContain(
    `Bearer ${SECRET}`,
  )
  await ok(key, `dev.${spoke}.fs.list`, {})
}

/** A file system of 64 KiB; undefined where none can be mounted. */
function smallDisk(): (Disposable & { readonly folder: string }) | undefined {
  const folder = join(clone.folder, 'small')
  mkdirSync(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  return { folder, [Symbol.dispose]: () => void execFileSync('umount', ['-l', folder]) }
}

/** Runs the commands of a part of a guide that need neither containers nor git; resolves with what each printed. */
async function follow(
  guide: string,
  run: (line: string) => Promise<Ran>,
  skips: RegExp,
): Promise<Map<string, string>> {
  const said = new Map<string, string>()
  for (const line of shellCommands(guide)) {
    if (skips.test(line)) continue
    const { code, stdout, stderr } = await run(line)
    expect([line, code, stderr]).toEqual([line, 0, stderr])
    said.set(line, stdout)
  }
  return said
}

/** Files that an earlier try may have left. */
function removeFiles(...names: readonly string[]): void {
  for (const name of names) rmSync(join(clone.folder, name), { force: true })
}

function guideOf(name: string): string {
  return readFileSync(join(clone.folder, 'docs/guides', name), 'utf8')
}

test('a hub that was destroyed is made again from a backup that was taken under load', async () => {
  const stop = new AbortController()
  let calls = 0
  const load = (async () => {
    while (!stop.signal.aborted) {
      // On a busy machine the spoke may be unavailable for a moment.
      const { status } = await call({ gateway }, { key }, `dev.${spoke}.fs.list`)
      if (status === 200) calls += 1
    }
  })()
  await expect.poll(() => calls).toBeGreaterThan(20)
  const before = calls
  const backup = clone.alkhub(['backup', 'hub.backup', '--json'], { timeoutMs: 300_000 })
  const [ran] = await Promise.allSettled([backup])
  stop.abort()
  await load
  if (ran.status === 'rejected') throw ran.reason
  const { code, stdout, stderr } = ran.value
  expect([code, stderr]).toEqual([0, ''])
  expect(calls).toBeGreaterThan(before)
  const made = JSON.parse(stdout) as Record<string, unknown>
  expect(made).toMatchObject({ file: join(clone.folder, 'hub.backup'), stack: 'local' })
  expect(statSync(join(clone.folder, 'hub.backup')).mode & 0o777).toBe(0o600)
  const checked = JSON.parse(
    (await succeeds(['restore', 'hub.backup', '--check', '--json'])).stdout,
  )
  expect(checked).toMatchObject({
    rows: made['rows'],
    createdAt: made['createdAt'],
    restored: false,
  })
  expect(checked.files).toEqual(
    expect.arrayContaining(['config/master.key', 'config/gateway.json', 'admin.key', 'spoke.key']),
  )
  // Made after the backup: a restore loses it.
  await ok(key, 'projects.create', { slug: 'lost', name: 'Lost' })
  const adminKey = readFileSync(join(clone.folder, '.alkhub/admin.key'), 'utf8')

  expect(await fails(['restore', 'hub.backup', '--force'])).toMatch(/stack of this clone runs/)
  await succeeds(['down'])
  destroy()
  const restored = JSON.parse((await succeeds(['restore', 'hub.backup', '--json'])).stdout)
  expect(restored).toMatchObject({ rows: made['rows'], restored: true, movedAside: [] })
  expect(readFileSync(join(clone.folder, '.alkhub/admin.key'), 'utf8')).toBe(adminKey)
  for (const name of readdirSync(join(clone.folder, '.alkhub/config')))
    expect(statSync(join(clone.folder, '.alkhub/config', name)).mode & 0o777).toBe(0o600)
  await up()
  await expectAll()
  const { items } = await ok(key, 'projects.list', {})
  expect((items as { slug: string }[]).map(({ slug }) => slug)).not.toContain('lost')
}, 400_000)

test('back-up-and-restore.md and upgrade.md can be followed on the stack of alkhub up', async () => {
  const hasOpenssl = (await clone.shell('openssl version')).code === 0
  removeFiles('hub.backup', 'hub.backup.enc', 'decrypted.backup', 'backup.secret')
  removeFiles('before-upgrade.backup')
  // It runs, unless an earlier try has ended while it was stopped.
  await clone.alkhub(['up', '--detach'], { timeoutMs: 300_000 })
  const whole = guideOf('back-up-and-restore.md')
  const local = whole.slice(0, whole.indexOf('## Containers'))
  const said = await follow(local, clone.shell, hasOpenssl ? /^$/ : /openssl|decrypted/)
  const checks = ['hub.backup', ...(hasOpenssl ? ['decrypted.backup'] : [])]
  for (const name of checks)
    expect(said.get(`./alkhub restore ${name} --check`)).toMatch(
      /^A backup of a stack of `alkhub up` as of .* It is whole\.$/m,
    )
  await follow(guideOf('upgrade.md'), clone.shell, /^(docker|git) |--compose|up --detach/)
  await up()
  await expectAll()
}, 400_000)

test('a stack that is stopped is backed up; one with data is replaced only with --force, and its data is moved aside', async () => {
  await succeeds(['down'])
  removeFiles('stopped.backup')
  await succeeds(['backup', 'stopped.backup'])
  expect(await fails(['backup', 'stopped.backup'])).toMatch(/exists already/)
  expect(await fails(['restore', 'stopped.backup'])).toMatch(
    /There is a stack in this clone already/,
  )
  const { movedAside } = JSON.parse(
    (await succeeds(['restore', 'stopped.backup', '--force', '--json'])).stdout,
  ) as { movedAside: string[] }
  expect(movedAside).toHaveLength(4)
  for (const path of movedAside) {
    expect(existsSync(path)).toBe(true)
    rmSync(path, { recursive: true })
  }
}, 400_000)

test('a backup that is damaged, another file or interrupted changes nothing', async () => {
  const whole = readFileSync(join(clone.folder, 'hub.backup'))
  const wrong: Record<string, Buffer> = {
    'cut.backup': whole.subarray(0, whole.length - 10),
    'flipped.backup': Buffer.from(whole).fill((whole[5000] ?? 0) ^ 1, 5000, 5001),
    'other.backup': Buffer.from('{"a": 1}\n'),
    'empty.backup': Buffer.alloc(0),
  }
  const stateOf = (): string[] =>
    readdirSync(join(clone.folder, '.alkhub'), { recursive: true, encoding: 'utf8' })
      .filter((name) => !/logs|stack\.json|postgres|pnpm-|bundles|compile/.test(name))
      .toSorted()
  const before = stateOf()
  for (const [name, bytes] of Object.entries(wrong)) {
    writeFileSync(join(clone.folder, name), bytes)
    expect(await fails(['restore', name, '--force'])).toMatch(
      /^alkhub: The backup (is|has|continues)/,
    )
  }
  expect(await fails(['restore', 'missing.backup'])).toMatch(/it does not exist \(ENOENT\)/)
  const interrupted = clone.start(['backup', 'interrupted.backup'])
  let asked = false
  interrupted.stderr?.on('data', (text: Buffer) => {
    if (asked || !text.toString().includes('Backup')) return
    asked = true
    interrupted.kill('SIGINT')
  })
  const code = await new Promise((resolve) => interrupted.once('close', resolve))
  expect(code).toBe(130)
  expect(readdirSync(clone.folder).filter((name) => name.includes('interrupted'))).toEqual([])
  expect(stateOf()).toEqual(before)
}, 400_000)

test('a backup on a full disk fails with the reason and leaves no file', async ({ skip }) => {
  using small = smallDisk()
  if (small === undefined) {
    skip('no file system can be mounted here')
    return
  }
  const full = await fails(['backup', join(small.folder, 'full.backup')])
  expect(full).toMatch(/full\.backup can't be written: its disk is full \(ENOSPC\)/)
  expect(readdirSync(small.folder)).toEqual([])
})

test('the containers of docker-compose.yml are backed up and restored by a program of the image', async () => {
  await clone.alkhub(['down'])
  removeFiles('containers.backup')
  const bin = join(clone.folder, '.alkhub/bin')
  mkdirSync(bin, { recursive: true })
  // Runs the program of the container on this machine, with the config that the container has.
  const docker = `#!/bin/sh
case "$*" in
  'compose version' | 'compose stop' | 'compose up --detach' | 'image inspect alkhub:local') exit 0 ;;
  'compose ps -q postgres') echo 0123456789ab; exit 0 ;;
  'compose run --rm -T '*) ;;
  *) echo "unexpected: $*" >&2; exit 9 ;;
esac
while [ "$1" != migrate ] && [ "$1" != init ]; do shift; done
service=$1 program=$3
shift 3
cd '${clone.folder}'
[ "$service" = migrate ] || set -- "$@" volume/secrets
secrets=secrets
[ -e $secrets ] || secrets=volume/secrets
export NODE_COMPILE_CACHE=.alkhub/compile-cache
ALKHUB_CONFIG_PATH=$secrets/migrate.json ALKHUB_MASTER_KEY_PATH=$secrets/master.key exec node_modules/.bin/node ".alkhub/image/$program" "$@"
`
  writeFileSync(join(bin, 'docker'), docker, { mode: 0o755 })
  const run = async (line: string, wanted = 0): Promise<Ran> => {
    const ran = await clone.shell(`PATH='${bin}':"$PATH" ${line}`)
    expect([line, ran.code, ran.stderr]).toEqual([line, wanted, ran.stderr])
    return ran
  }
  await run('node_modules/.bin/node libs/sdk/src/bundles/image-main.ts .alkhub/image')
  await using server = await startPostgres()
  await using admin = connect(server.url)
  const make = async (): Promise<void> => {
    await admin.unsafe('create database alkhub owner alkhub')
  }
  await admin.unsafe('create role alkhub login')
  await make()
  await run(`./alkhub config init --dir secrets --postgres 127.0.0.1:${server.port}`)
  writeFileSync(join(clone.folder, '.env'), 'ALKHUB_SECRETS=./secrets\n')
  await run('./alkhub migrate --config secrets/migrate.json')
  await run('./alkhub keys bootstrap --config secrets/migrate.json --to first.key')
  const countKeys = async (): Promise<unknown> => {
    await using sql = connect(server.url.replace(/postgres$/, 'alkhub'))
    return [...(await sql`select key_hash from api_keys`)]
  }
  const keys = await countKeys()
  const secrets = readFileSync(join(clone.folder, 'secrets/gateway.json'), 'utf8')
  const whole = guideOf('back-up-and-restore.md')
  const said = await follow(whole.slice(whole.indexOf('## Containers')), run, /^$/)
  expect(said.get('./alkhub restore containers.backup --check')).toMatch(
    /^A backup of the containers of docker-compose\.yml as of .* It is whole\.$/m,
  )
  expect(await countKeys()).toEqual(keys)
  // There is data.
  const refused = await run('./alkhub restore containers.backup', 1)
  expect(refused.stderr).toContain('restore: The database has accounts already.')
  await admin.unsafe('drop database alkhub with (force)')
  // Without its database nothing is restored, and no secrets are left.
  rmSync(join(clone.folder, 'secrets'), { recursive: true })
  rmSync(join(clone.folder, '.env'))
  const failed = await run('./alkhub restore containers.backup', 1)
  expect(failed.stderr).toContain('does not exist on that server')
  expect(existsSync(join(clone.folder, 'secrets'))).toBe(false)
  await make()
  const { stdout } = await run('./alkhub restore containers.backup --json')
  expect(JSON.parse(stdout)).toMatchObject({ restored: true, stack: 'compose', movedAside: [] })
  expect(await countKeys()).toEqual(keys)
  expect(readFileSync(join(clone.folder, 'secrets/gateway.json'), 'utf8')).toBe(secrets)
  expect(readFileSync(join(clone.folder, '.env'), 'utf8')).toBe('ALKHUB_SECRETS=./secrets\n')
  // Other secrets are moved aside, with force only.
  writeFileSync(join(clone.folder, 'secrets/gateway.json'), '{}')
  const other = await run('./alkhub restore containers.backup', 1)
  expect(other.stderr).toMatch(/differ from those of the backup/)
  const forced = JSON.parse((await run('./alkhub restore containers.backup --force --json')).stdout)
  expect(readFileSync(join(forced.movedAside[0], 'gateway.json'), 'utf8')).toBe('{}')
  expect(await countKeys()).toEqual(keys)
  // Secrets in a volume, which only containers can read.
  mkdirSync(join(clone.folder, 'volume'))
  rmSync(join(clone.folder, '.env'))
  renameSync(join(clone.folder, 'secrets'), join(clone.folder, 'volume/secrets'))
  await run('./alkhub backup --compose volume.backup')
  await admin.unsafe('drop database alkhub with (force)')
  await make()
  const inVolume = join(clone.folder, 'volume/secrets')
  rmSync(inVolume, { recursive: true })
  await run('./alkhub restore volume.backup')
  expect(await countKeys()).toEqual(keys)
  expect(readFileSync(join(inVolume, 'gateway.json'), 'utf8')).toBe(secrets)
  expect(statSync(join(inVolume, 'master.key')).mode & 0o777).toBe(0o600)
  writeFileSync(join(inVolume, 'gateway.json'), '{}')
  const differs = await run('./alkhub restore volume.backup', 1)
  expect(differs.stderr).toContain('The secrets in the volume differ from those of the backup.')
  const replaced = JSON.parse((await run('./alkhub restore volume.backup --force --json')).stdout)
  const [former] = replaced.movedAside as string[]
  expect(readFileSync(join(clone.folder, former ?? '', 'gateway.json'), 'utf8')).toBe('{}')
  expect(readFileSync(join(inVolume, 'gateway.json'), 'utf8')).toBe(secrets)
}, 400_000)

function connect(url: string): postgres.Sql & AsyncDisposable {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  return Object.assign(sql, { [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }) })
}
