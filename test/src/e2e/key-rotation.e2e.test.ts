import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setValue } from '@alkdev/config'
import { generateKeyRing } from '@alkdev/crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cuttableRedis } from '@alkdev/bus/testing'
import type { CuttableRedis } from '@alkdev/bus/testing'
import { testRedis } from '@alkdev/testing'
import { compileCache } from '../compile-cache.ts'
import { startFakeProvider } from '../fake-provider.ts'
import type { FakeProvider } from '../fake-provider.ts'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestService } from '../test-stack.ts'
import { commandMain, serviceMain } from '../programs.ts'

/** The services that open sealed values. */
const holders: readonly TestService[] = ['gateway', 'coordinator', 'inference-proxy', 'mcp']

let link: CuttableRedis
let hub: TestStack
let provider: FakeProvider

beforeAll(async () => {
  link = await cuttableRedis(testRedis().url)
  hub = await startTestStack({}, { redisUrl: link.url })
  provider = await startFakeProvider()
  const created = await call(hub, hub.admin, 'clients.create', {
    name: 'fake',
    type: 'llm-provider',
    config: { baseUrl: provider.url },
    secret: 'sk-planted',
  })
  if (created.status !== 200) throw new Error(JSON.stringify(created.body))
})
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  await provider?.[Symbol.asyncDispose]()
  await link?.[Symbol.asyncDispose]()
})

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

function rotateKeys(...flags: readonly string[]): Promise<Run> {
  const argv = ['rotate-keys', '--dir', hub.configDir, ...flags]
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [commandMain(), ...argv],
      { env: { ...compileCache(), PATH: process.env['PATH'] ?? '' } },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })
}

/** The provider is called with its secret, as only a service that opens it can. */
async function expectReadable(): Promise<void> {
  const response = await fetch(`${hub.inference}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.admin.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'fake/good', messages: [{ role: 'user', content: 'Hi' }] }),
  })
  expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('Hello')])
  expect(provider.seen.at(-1)?.authorization).toBe('Bearer sk-planted')
}

async function restartHolders(): Promise<void> {
  await Promise.all(holders.map((service) => hub.restart(service)))
  await expectReadable()
}

test('a key that running instances lack is not activated, and each of them is named', async () => {
  expect((await rotateKeys()).out).toContain('Added the key v2 to 4 config files')
  const refused = await rotateKeys('--activate')
  expect(refused).toMatchObject({ code: 1, out: '' })
  for (const service of holders)
    expect(refused.err).toMatch(
      new RegExp(`${service} at http://[^ ]+ \\(v1\\) can't open what the key v2 seals`),
    )
  expect(refused.err).toContain('Restart them with the config files of this deployment')
  expect((await rotateKeys()).err).toContain('The key v2 is in the ring and not yet in use.')
  await expectReadable()

  await hub.restart('gateway')
  await hub.restart('coordinator')
  await hub.restart('mcp')
  const one = await rotateKeys('--activate')
  expect(one.err).toMatch(/^alkhub: inference-proxy at [^;]+\. Restart it/)
  await expectReadable()
})

test('when the instances cannot be asked no key is activated', async () => {
  link.cut()
  try {
    const refused = await rotateKeys('--activate')
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(/^alkhub: Nothing was changed: Redis at \S+ does not answer\./)
  } finally {
    link.repair()
  }
  // An instance that stops while it can't reach Redis leaves its lease behind.
  for (const url of [hub.gateway, hub.coordinator, hub.inference, new URL(hub.mcp).origin])
    await expect
      .poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 30_000 })
      .toBe(200)
})

test('secrets can be read at every step of two rotations, and the old keys go only when nothing needs them', async () => {
  await restartHolders()
  const active = await rotateKeys('--activate', '--json')
  expect(active).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(active.out)).toMatchObject({ active: 'v2', left: 0 })
  await expectReadable()
  // The instances continue sealing with the old key until each has been restarted.
  const early = await rotateKeys('--remove-old')
  expect(early.code).toBe(1)
  expect(early.err).toContain('would not seal with the key v2')
  for (const service of holders) {
    await hub.restart(service)
    await expectReadable()
  }

  expect((await rotateKeys()).out).toContain('Added the key v3')
  expect((await rotateKeys('--activate')).err).toContain('what the key v3 seals')
  await expectReadable()
  await restartHolders()
  expect((await rotateKeys('--activate', '--files-only')).code).toBe(0)
  await restartHolders()
  const refused = await rotateKeys('--remove-old')
  expect(refused).toMatchObject({ code: 1, out: '' })
  expect(refused.err).toContain('Secrets are still sealed with other keys: v2: 1.')
  expect((await rotateKeys('--activate')).code).toBe(0)
  await expectReadable()
  const removed = await rotateKeys('--remove-old')
  expect(removed).toMatchObject({ code: 0, err: '' })
  expect(removed.out).toContain('v3 is now the only key in 4 config files.')
  await restartHolders()
  expect((await rotateKeys('--remove-old')).out).toBe('v3 is the only key.\n')
}, 240_000)

/** One more instance as a process of its own. */
function spawnMcp() {
  const child = spawn(process.execPath, [serviceMain('mcp')], {
    env: {
      ...compileCache(),
      ALKHUB_CONFIG_PATH: join(hub.configDir, 'mcp.json'),
      ALKHUB_MASTER_KEY_PATH: hub.masterKeyPath,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
  const onText = (chunk: Buffer): void => {
    text += chunk.toString()
    if (text.includes('"msg":"ready"')) resolve()
  }
  child.stdout.on('data', onText)
  child.stderr.on('data', onText)
  child.once('exit', () => reject(new Error(text)))
  return { child, ready, text: () => text }
}

test('a frozen instance that lacks the new key counts as running', async () => {
  const frozen = spawnMcp()
  try {
    await frozen.ready
    await rotateKeys()
    await restartHolders()
    frozen.child.kill('SIGSTOP')
    // Its lease ends, and the others take it for gone.
    await expect
      .poll(async () => (await rotateKeys('--activate')).err, { timeout: 30_000 })
      .toMatch(/mcp at \S+ \(v3, without a sign for \d+ s\) can't open what the key v4 seals/)
    const { err } = await rotateKeys('--activate')
    expect(err).toContain('An instance that is gone is forgotten ten minutes after its last sign.')
    frozen.child.kill('SIGCONT')
    const exited = once(frozen.child, 'exit')
    frozen.child.kill('SIGTERM')
    await exited
    await expect
      .poll(async () => (await rotateKeys('--activate')).code, { timeout: 30_000 })
      .toBe(0)
    await expectReadable()
  } finally {
    frozen.child.kill('SIGKILL')
  }
})

test('an instance with another key ring than the live ones does not start', async () => {
  await restartHolders()
  await setValue({
    path: join(hub.configDir, 'mcp.json'),
    masterKeyPath: hub.masterKeyPath,
    setting: 'encryptionKeys',
    value: generateKeyRing().replace('v1:', 'v9:'),
  })
  const misfit = spawnMcp()
  await expect(misfit.ready).rejects.toThrow('would seal with the key v9')
  expect(misfit.text()).toMatch(/Restart \S+ at \S+ with the new key ring first\./)
  await expectReadable()
})
