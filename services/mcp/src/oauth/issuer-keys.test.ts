import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { ANY_ADDRESS, createJsonReader } from '@alkdev/outbound'
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import type { CryptoKey } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { IssuerKeys } from './issuer-keys.ts'

/** An issuer whose answers a test chooses, and its keys under a clock that the test moves. */
async function issuer(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const reader = createJsonReader(ANY_ADDRESS)
  onTestFinished(async () => {
    await reader.close()
    server.closeAllConnections()
    server.close()
  })
  const clock = { now: 0 }
  const failures: unknown[] = []
  const keys = new IssuerKeys({
    address: { issuer: url },
    reader,
    onFailure: (error) => failures.push(error),
    now: () => clock.now,
  })
  const check = async (key: CryptoKey, kid: string): Promise<unknown> =>
    jwtVerify(await new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid }).sign(key), keys.get, {
      algorithms: ['ES256'],
    })
  return { url, clock, failures, check }
}

async function keyPair(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' } }
}

/** Metadata and keys, as they are at the moment. */
function serving(
  state: { keys: readonly unknown[]; reads: number; down?: boolean },
  own: () => string,
) {
  return ({ url }: IncomingMessage, response: ServerResponse): void => {
    if (state.down === true) response.writeHead(500).end()
    else if (url === '/.well-known/openid-configuration')
      response.end(JSON.stringify({ issuer: own(), jwks_uri: `${own()}/keys` }))
    else {
      state.reads += 1
      response.end(JSON.stringify({ keys: state.keys }))
    }
  }
}

async function serve(state: Parameters<typeof serving>[0]) {
  let own = ''
  const made = await issuer(serving(state, () => own))
  own = made.url
  return made
}

test('a rotated key is accepted when it is first used, and the one before it while it is offered', async () => {
  const [old, next] = [await keyPair('old'), await keyPair('next')]
  const state = { keys: [old.jwk], reads: 0 }
  const { clock, check } = await serve(state)
  await check(old.privateKey, 'old')
  state.keys = [old.jwk, next.jwk]
  clock.now = 31_000
  await check(next.privateKey, 'next')
  await check(old.privateKey, 'old')
  expect(state.reads).toBe(2)
})

test('the keys are read again after ten minutes, and a key that is withdrawn then is refused', async () => {
  const [old, next] = [await keyPair('old'), await keyPair('next')]
  const state = { keys: [old.jwk], reads: 0 }
  const { clock, check } = await serve(state)
  await check(old.privateKey, 'old')
  state.keys = [next.jwk]
  clock.now = 601_000
  await expect
    .poll(
      () =>
        check(old.privateKey, 'old').then(
          () => 'accepted',
          () => 'refused',
        ),
      { timeout: 20_000 },
    )
    .toBe('refused')
})

test('the last keys are used for an hour while the issuer does not answer, then none', async () => {
  const { privateKey, jwk } = await keyPair('only')
  const state = { keys: [jwk], reads: 0, down: false }
  const { clock, failures, check } = await serve(state)
  await check(privateKey, 'only')
  state.down = true
  clock.now = 3_000_000
  await check(privateKey, 'only')
  await expect.poll(() => failures.length, { timeout: 20_000 }).toBe(1)
  clock.now = 3_700_000
  await expect(check(privateKey, 'only')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  state.down = false
  clock.now += 2001
  await check(privateKey, 'only')
})

test('concurrent tokens wait for one reading', async () => {
  const { privateKey, jwk } = await keyPair('only')
  const state = { keys: [jwk], reads: 0 }
  const { check } = await serve(state)
  await Promise.all(Array.from({ length: 20 }, () => check(privateKey, 'only')))
  expect(state.reads).toBe(1)
})

test('a shared secret in the key set is not a key', async () => {
  const { privateKey } = await keyPair('x')
  const secret = { kty: 'oct', kid: 'x', alg: 'HS256', k: 'AAAA' }
  const { check } = await serve({ keys: [secret], reads: 0 })
  await expect(check(privateKey, 'x')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' })
})

test.each<[string, (response: ServerResponse, own: string) => void, string]>([
  [
    'with metadata of another issuer',
    (response) => response.end('{"issuer":"https://evil.example"}'),
    'another issuer',
  ],
  [
    'with metadata without keys',
    (response, own) => response.end(JSON.stringify({ issuer: own })),
    'names no keys',
  ],
  ['without metadata', (response) => response.writeHead(404).end(), 'HTTP 404'],
  [
    'that redirects',
    (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    'HTTP 302',
  ],
  ['with something else than JSON', (response) => response.end('<html>'), 'JSON object'],
  [
    'with too much',
    (response) => response.end(`{"a":"${'x'.repeat(300_000)}"}`),
    'more than 262144 bytes',
  ],
])('an issuer %s has no keys, and the reason is reported', async (_, answer, reason) => {
  let own = ''
  const { url, failures, check } = await issuer((_request, response) => answer(response, own))
  own = url
  const { privateKey } = await keyPair('x')
  await expect(check(privateKey, 'x')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(String(failures[0])).toContain(reason)
})

test('tokens with invented keys wait for a slow issuer 16 at a time, and those with known keys do not', async () => {
  const [known, invented] = [await keyPair('known'), await keyPair('invented')]
  const state = { keys: [known.jwk], reads: 0 }
  const held: ServerResponse[] = []
  let own = ''
  let isSlow = false
  const answer = serving(state, () => own)
  const { clock, check, url } = await issuer((request, response) => {
    if (isSlow) held.push(response)
    else answer(request, response)
  })
  own = url
  await check(known.privateKey, 'known')
  isSlow = true
  clock.now = 31_000
  const outcomes: unknown[] = []
  const flood = Array.from({ length: 50 }, (_, at) =>
    check(invented.privateKey, `invented-${at}`).catch((error: unknown) => outcomes.push(error)),
  )
  await expect.poll(() => outcomes.length).toBe(50 - 16)
  expect(outcomes[0]).toMatchObject({ code: 'OVERLOADED', retryAfterMs: 2000 })
  await check(known.privateKey, 'known')
  await expect.poll(() => held.length).toBe(1)
  isSlow = false
  for (const response of held) response.destroy()
  await Promise.all(flood)
  expect(outcomes).toHaveLength(50)
})
