import { createHmac, createSecretKey, hash, randomBytes } from 'node:crypto'
import { createHmacSigner } from '@alkdev/crypto'
import { createKeys, MemoryStore } from 'keypal'
import type { ApiKeyManager } from 'keypal'
import type { Row } from './row.ts'

const KEYS = 10_000
const ROUNDS = 300_000
const TARGET_PER_SECOND = 300_000

/** Times per second of `work`, best of three after a warm-up. */
async function perSecond(rounds: number, work: (round: number) => unknown): Promise<number> {
  let best = 0
  for (let run = 0; run < 4; run++) {
    const startedAt = performance.now()
    for (let round = 0; round < rounds; round++) {
      const result = work(round)
      if (result instanceof Promise) await result
    }
    if (run > 0) best = Math.max(best, (rounds * 1000) / (performance.now() - startedAt))
  }
  return Math.round(best)
}

async function verification(keys: ApiKeyManager, shown: readonly string[]): Promise<Row[]> {
  const at = (round: number): string => shown[round % shown.length] ?? ''
  // What cannot be saved: the key must be hashed to be recognised without being kept.
  const floor = await perSecond(ROUNDS, (round) => hash('sha256', at(round), 'hex'))
  const known = await perSecond(ROUNDS, (round) => keys.verifyKnown(at(round)))
  const awaited = await perSecond(ROUNDS, (round) => keys.verify(at(round)))
  const headers = await perSecond(ROUNDS, (round) =>
    keys.verify({ authorization: `Bearer ${at(round)}` }),
  )
  const malformed = await perSecond(ROUNDS, (round) =>
    keys.verifyKnown(`${at(round).slice(0, -1)}!`),
  )
  const row = (name: string, value: number): Row => ({
    name,
    value,
    unit: '/s',
    reference: floor,
    ratio: value / floor,
    target: `>= ${TARGET_PER_SECOND} /s on one core`,
    ok: value >= TARGET_PER_SECOND,
  })
  return [
    row('verify a remembered key, at once', known),
    row('verify a remembered key, awaited', awaited),
    row('verify a remembered key from headers, awaited', headers),
    {
      name: 'refuse a malformed key',
      value: malformed,
      unit: '/s',
      reference: floor,
      ratio: malformed / floor,
    },
  ]
}

/** Bytes of the messages that are signed: a frame, several frames of one turn, a large payload. */
const SIGNED_BYTES = [450, 4000, 10_000]

async function signing(bytes: number): Promise<Row> {
  const key = randomBytes(32)
  const keyObject = createSecretKey(key)
  const signer = createHmacSigner(key)
  const message = JSON.stringify({ type: 'call.requested', payload: 'x'.repeat(bytes - 50) })
  const rounds = Math.min(ROUNDS, (ROUNDS * 450) / bytes)
  const ours = await perSecond(rounds, () => signer.sign(message))
  const reference = await perSecond(rounds, () =>
    createHmac('sha256', keyObject).update(message).digest('base64'),
  )
  return {
    name: `sign a bus message of ${bytes} bytes`,
    value: ours,
    unit: '/s',
    reference,
    ratio: ours / reference,
    target: 'faster than node:crypto createHmac',
    ok: ours > reference,
  }
}

/** Key checks from memory, with use counting and a freshness guard on, over 10,000 keys; and the signatures of bus messages. */
export async function run(): Promise<Row[]> {
  await using keys = createKeys({
    prefix: 'alk_',
    storage: new MemoryStore(),
    isFresh: () => performance.now() >= 0,
  })
  const shown: string[] = []
  for (let made = 0; made < KEYS; made++) {
    const { key } = await keys.create({ ownerId: `owner-${made % 100}`, scopes: ['fs:read'] })
    await keys.verify(key)
    shown.push(key)
  }
  const signed: Row[] = []
  for (const bytes of SIGNED_BYTES) signed.push(await signing(bytes))
  return [...(await verification(keys, shown)), ...signed]
}
