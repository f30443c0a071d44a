import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CodedError } from '@alkdev/errors'
import { Type } from '@alkdev/typebox'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { mutation, query } from '../define.ts'
import type { SpokeContext, SpokeOperation } from '../define.ts'
import { keyStore } from './key-store.ts'
import type { KeyStore, KeyStoreOptions } from './key-store.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'alkdev-keys-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const silent: KeyStoreOptions = { onLog: () => undefined }
const definition = {
  id: 'invoices.send',
  description: 'Sends an invoice.',
  input: Type.Any(),
  output: Type.Any(),
} as const

/** Counts its effects. */
function sending(
  run: (input: unknown, signal: AbortSignal) => unknown = (input) => ({ sent: input }),
): {
  readonly operation: SpokeOperation
  readonly effects: unknown[]
} {
  const effects: unknown[] = []
  const operation = mutation(definition, async (input, { signal }) => {
    effects.push(input)
    return run(input, signal)
  })
  return { operation, effects }
}

interface Call {
  readonly key?: string
  readonly account?: string
  readonly signal?: AbortSignal
}

async function run(
  store: KeyStore,
  operation: SpokeOperation,
  input: unknown,
  { key = 'k', account = 'a', signal = new AbortController().signal }: Call = {},
  recover?: (input: unknown) => unknown,
): Promise<unknown> {
  const kept = store.once(operation, recover === undefined ? {} : { recover })
  const context = { signal, idempotencyKey: key, identity: { id: account, scopes: [] } }
  return kept.handler(input as never, context as unknown as SpokeContext)
}

test('a call with the same key runs once and gives the same answer, also after a restart', async () => {
  const { operation, effects } = sending()
  {
    await using store = await keyStore(dir, silent)
    expect(await run(store, operation, { n: 1 })).toEqual({ sent: { n: 1 } })
    expect(await run(store, operation, { n: 1 })).toEqual({ sent: { n: 1 } })
  }
  await using store = await keyStore(dir, silent)
  expect(await run(store, operation, { n: 1 })).toEqual({ sent: { n: 1 } })
  expect(effects).toEqual([{ n: 1 }])
})

test('another account, another operation and a call without a key run by themselves', async () => {
  const { operation, effects } = sending()
  await using store = await keyStore(dir, silent)
  await run(store, operation, 1)
  await run(store, operation, 1, { account: 'b' })
  await run(store, { ...operation, name: 'print' }, 1)
  const signal = new AbortController().signal
  await store.once(operation).handler(1 as never, { signal } as SpokeContext)
  expect(effects).toHaveLength(4)
})

test('a key with another input is a conflict, and members in another order are the same input', async () => {
  const { operation, effects } = sending()
  await using store = await keyStore(dir, silent)
  await run(store, operation, { a: 1, b: 2 })
  await run(store, operation, { b: 2, a: 1 })
  await expect(run(store, operation, { a: 2 })).rejects.toMatchObject({ code: 'CONFLICT' })
  expect(effects).toHaveLength(1)
})

test('a repeated call waits for the first one and gets its answer', async () => {
  let answer: (value: string) => void = () => undefined
  const waiting = new Promise<string>((resolve) => (answer = resolve))
  const { operation, effects } = sending(() => waiting)
  await using store = await keyStore(dir, silent)
  const both = [run(store, operation, 1), run(store, operation, 1)]
  answer('done')
  expect(await Promise.all(both)).toEqual(['done', 'done'])
  expect(effects).toHaveLength(1)
})

test('a handler that throws frees the key, one that does not know its outcome does not', async () => {
  let code = 'EXECUTION_ERROR'
  const { operation, effects } = sending(() => {
    throw new CodedError(code, 'no')
  })
  await using store = await keyStore(dir, silent)
  await expect(run(store, operation, 1)).rejects.toMatchObject({ code })
  code = 'OUTCOME_UNKNOWN'
  await expect(run(store, operation, 1)).rejects.toMatchObject({ code })
  await expect(run(store, operation, 1)).rejects.toMatchObject({
    code,
    details: { outcome: 'unknown' },
  })
  expect(effects).toHaveLength(2)
})

test('a handler that was stopped half way leaves an unknown outcome', async () => {
  const ending = new AbortController()
  const { operation } = sending(() => {
    ending.abort(new Error('stop'))
    throw new Error('stopped')
  })
  await using store = await keyStore(dir, silent)
  await expect(run(store, operation, 1, { signal: ending.signal })).rejects.toThrow('stopped')
  await expect(run(store, operation, 1)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
})

/** A spoke that is killed while its handler runs. */
async function killedInHandler(): Promise<void> {
  const script = `
    import { keyStore } from ${JSON.stringify(new URL('key-store.ts', import.meta.url).href)}
    const store = await keyStore(${JSON.stringify(dir)})
    const operation = { namespace: 'invoices', name: 'send', type: 'mutation', handler: () => {
      console.log('runs')
      return new Promise((resolve) => setTimeout(resolve, 60_000))
    } }
    void store.once(operation).handler(1, { idempotencyKey: 'k', identity: { id: 'a' }, signal: new AbortController().signal })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

test('the outcome of a call whose spoke was killed is unknown, unless it can be looked up', async () => {
  await killedInHandler()
  const { operation, effects } = sending()
  await using store = await keyStore(dir, silent)
  await expect(run(store, operation, 1)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
  expect(effects).toEqual([])
  expect(await run(store, operation, 1, {}, () => ({ found: true }))).toEqual({ found: true })
  expect(await run(store, operation, 1)).toEqual({ found: true })
  expect(effects).toEqual([])
})

test('a call that is found to have had no effect runs', async () => {
  await killedInHandler()
  const { operation, effects } = sending()
  await using store = await keyStore(dir, silent)
  expect(await run(store, operation, 1, {}, () => undefined)).toEqual({ sent: 1 })
  expect(effects).toEqual([1])
})

test('a torn last line is as if it had not been written', async () => {
  const { operation, effects } = sending()
  {
    await using store = await keyStore(dir, silent)
    await run(store, operation, 1)
    await run(store, operation, 2, { key: 'other' })
  }
  const path = join(dir, 'keys.log')
  const { size } = await stat(path)
  await truncate(path, size - 5)
  await using store = await keyStore(dir, silent)
  // The end of the second call is lost, its start is not.
  await expect(run(store, operation, 2, { key: 'other' })).rejects.toMatchObject({
    code: 'OUTCOME_UNKNOWN',
  })
  expect(await run(store, operation, 1)).toEqual({ sent: 1 })
  expect(await run(store, operation, 3, { key: 'third' })).toEqual({ sent: 3 })
  expect(effects).toEqual([1, 2, 3])
})

test('every cut of the file opens, and gives only answers that were given before', async () => {
  const { operation } = sending()
  {
    await using store = await keyStore(dir, silent)
    for (const n of [1, 2, 3]) await run(store, operation, n, { key: `k${n}` })
  }
  const path = join(dir, 'keys.log')
  const whole = await readFile(path)
  for (let bytes = 0; bytes <= whole.length; bytes += 7) {
    await writeFile(path, whole.subarray(0, bytes))
    await using store = await keyStore(dir, silent)
    for (const n of [1, 2, 3]) {
      const answer = await run(store, operation, n, { key: `k${n}` }).catch(
        (error: { readonly code: unknown }) => error.code,
      )
      expect([{ sent: n }, 'OUTCOME_UNKNOWN']).toContainEqual(answer)
    }
  }
})

test('a damaged line is reported and left out', async () => {
  const { operation, effects } = sending()
  const said: string[] = []
  await appendFile(join(dir, 'keys.log'), '0123456789abcdef {"is":"done"}\n\u0000\u0000\n')
  await using store = await keyStore(dir, { onLog: (_level, message) => said.push(message) })
  await run(store, operation, 1)
  expect(effects).toHaveLength(1)
  expect(said).toEqual([expect.stringContaining('2 damaged lines')])
})

test('beyond a limit the oldest keys are dropped, and the file is compacted', async () => {
  const { operation, effects } = sending(() => 'x'.repeat(50_000))
  {
    await using store = await keyStore(dir, { ...silent, maxKeys: 3 })
    for (let n = 0; n < 60; n += 1) await run(store, operation, n, { key: `k${n}` })
  }
  expect((await stat(join(dir, 'keys.log'))).size).toBeLessThan(2_000_000)
  await using store = await keyStore(dir, { ...silent, maxKeys: 3 })
  await run(store, operation, 59, { key: 'k59' })
  expect(effects).toHaveLength(60)
  await run(store, operation, 0, { key: 'k0' })
  expect(effects).toHaveLength(61)
})

test('a folder has one store at a time, and that of a process that was killed is taken over', async () => {
  await using _store = await keyStore(dir, silent)
  await expect(keyStore(dir, silent)).rejects.toThrow('is used by this process')
  const other = join(dir, 'other')
  await (await keyStore(other, silent))[Symbol.asyncDispose]()
  await writeFile(join(other, 'lock'), '1')
  await expect(keyStore(other, silent)).rejects.toThrow('is used by process 1')
})

test('only mutations have a key', async () => {
  await using store = await keyStore(dir, silent)
  expect(() => store.once(query(definition, () => 1))).toThrow('invoices.send is no mutation.')
  const { operation } = sending()
  expect(store.once(operation)).toMatchObject({
    retry: 'keyed',
    errorSchemas: [{ code: 'OUTCOME_UNKNOWN' }],
  })
})

test('with a full disk nothing runs, and what ran before is known', async ({ skip }) => {
  const disk = join(dir, 'disk')
  await mkdir(disk)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'ignore' })
  } catch {
    skip('no file system can be mounted here')
  }
  try {
    const { operation, effects } = sending((n) => ({ sent: n }))
    const refused: unknown[] = []
    {
      await using store = await keyStore(disk, silent)
      await run(store, operation, 0, { key: 'k0' })
      // Its last page has room for a few more lines.
      await writeFile(join(disk, 'full'), Buffer.alloc(64 * 1024)).catch(() => undefined)
      for (let n = 1; n < 100; n += 1)
        await run(store, operation, n, { key: `k${n}` }).catch(({ code }: { code: unknown }) =>
          refused.push(code),
        )
      // An answer that had no room is known while the process lives.
      for (const n of effects.slice()) await run(store, operation, n, { key: `k${String(n)}` })
    }
    expect(new Set(refused)).toEqual(new Set(['UNAVAILABLE']))
    expect(effects).toHaveLength(100 - refused.length)
    execFileSync('mount', ['-o', 'remount,size=1m', disk])
    await using again = await keyStore(disk, silent)
    expect(await run(again, operation, 0, { key: 'k0' })).toEqual({ sent: 0 })
    await run(again, operation, 200, { key: 'k200' })
    expect(effects).toContain(200)
  } finally {
    execFileSync('umount', ['-l', disk])
  }
})
