import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

// A4: B offers the name of A's pool in an organization that A was invited to.
let hub: TestStack
let names = 0
const scopes = ['orgs:*', 'projects:*', 'spokes:attach', 'accounts:read']
const fresh = (word: string) => `${word}-${++names}`
const CALLS = 12

beforeAll(async () => {
  hub = await startTestStack()
})
afterAll(() => hub?.[Symbol.asyncDispose]())

/** A spoke that answers every call with its own name, and the inputs that it was given. */
class EchoSpoke implements AsyncDisposable {
  readonly #spoke: HandSpoke
  /** Everything that it was sent. */
  readonly calls: string[] = []

  private constructor(spoke: HandSpoke) {
    this.#spoke = spoke
    void this.#serve()
  }

  static async attach(who: TestKey, operation: string, more: object, projectId?: string) {
    const spoke = await HandSpoke.attach(
      hub.broker,
      who.key,
      fresh('spoke'),
      [specOf(operation, { pool: true, ...more })],
      projectId === undefined ? {} : { projectId },
    )
    return new EchoSpoke(spoke)
  }

  get name(): string {
    return this.#spoke.name
  }

  async #serve(): Promise<void> {
    const { socket } = this.#spoke.socket
    while (socket.readyState === socket.OPEN) {
      // Rejects when nothing came for a while.
      const asked = await this.#spoke.asked().catch(() => undefined)
      if (asked === undefined) continue
      this.calls.push(JSON.stringify(asked))
      this.#spoke.answer(asked.id, this.name)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#spoke[Symbol.asyncDispose]()
  }
}

async function data(who: TestKey, operation: string, input: object = {}) {
  const answer = await call(hub, who, operation, input)
  expect({ operation, ...answer.body }).toMatchObject({ data: expect.anything() })
  return answer.body.data
}

const offers: readonly (readonly [string, object])[] = [
  ['a higher version', { version: '9.0.0' }],
  ['the same version', {}],
  ['an older version', { version: '0.1.0' }],
  ['a schema that does not fit', { version: '1.0.1', inputSchema: false }],
]

test.for(offers)(
  'calls by a pool name go to the caller’s own spoke, whatever an organization offers: %s',
  async ([, more]) => {
    const [a, b] = [await hub.createKey(scopes), await hub.createKey(scopes)]
    const operation = fresh('work')
    await using mine = await EchoSpoke.attach(a, operation, {})
    const { orgId } = await data(b, 'orgs.create', { name: fresh('org') })
    const { projectId } = await data(b, 'projects.create', { slug: 'trap', orgId })
    await using bobs = await EchoSpoke.attach(b, operation, more, projectId)
    const pinned = `/api/operations/client.${bobs.name}.t.${operation}`
    const sees = async () => (await ask(hub, 'GET', pinned, { key: a.key })).status
    let made = 0
    const callsStayMine = async () => {
      for (let at = 0; at < CALLS; at += 1) {
        made += 1
        const answer = await call(hub, a, `t.${operation}`, { private: 'secret of A' })
        expect(answer.body).toMatchObject({ data: mine.name })
      }
      expect([mine.calls.length, bobs.calls]).toEqual([made, []])
    }

    await callsStayMine()
    for (const invite of ['orgs.addMember', 'orgs.invite']) {
      await data(b, invite, { orgId, accountId: a.accountId })
      await callsStayMine()
      expect(await sees()).toBe(404)
      if (invite === 'orgs.addMember') await data(a, 'orgs.decline', { orgId })
    }
    await data(a, 'orgs.accept', { orgId })
    await expect.poll(sees).toBe(200)
    await callsStayMine()
    await data(a, 'orgs.removeMember', { orgId, accountId: a.accountId })
    await expect.poll(sees).toBe(404)
    await callsStayMine()
  },
)

test('in an organization the owner who offered a name first says what it promises to those without a spoke of their own', async () => {
  const [first, second, caller] = [
    await hub.createKey(scopes),
    await hub.createKey(scopes),
    await hub.createKey(scopes),
  ]
  const { orgId } = await data(first, 'orgs.create', { name: fresh('org') })
  const { projectId } = await data(first, 'projects.create', { slug: 'shared', orgId })
  for (const one of [second, caller]) {
    await data(first, 'orgs.invite', { orgId, accountId: one.accountId })
    await data(one, 'orgs.accept', { orgId })
  }
  const operation = fresh('work')
  await using one = await EchoSpoke.attach(first, operation, {}, projectId)
  const rival = await HandSpoke.attach(
    hub.broker,
    second.key,
    fresh('rival'),
    [specOf(operation, { pool: true, version: '9.0.0' })],
    { projectId },
  )
  // It is in the pool of its own account, so it is active there, and for whom it is not is the reason.
  const own = {
    status: 'active',
    reason:
      'Not in the pool of the other members of the organization: The pool is at version 1.0.0, this is 9.0.0.',
  }
  expect(rival.operations).toMatchObject([own])
  const stored = await hub.database.sql`
    select r.status, r.reason from operation_registrations r join spokes s on s.id = r.provider_id
    where s.name = ${rival.name}`
  expect([...stored]).toEqual([own])
  const described = () => ask(hub, 'GET', `/api/operations/t.${operation}`, { key: caller.key })
  await expect.poll(async () => (await described()).status).toBe(200)
  const pinned = `/api/operations/${rival.id(operation)}`
  await expect
    .poll(async () => (await ask(hub, 'GET', pinned, { key: caller.key })).status)
    .toBe(200)
  expect((await described()).body.spec?.version ?? (await described()).body.version).toBe('1.0.0')
  for (let at = 0; at < CALLS; at += 1) expect(await data(caller, `t.${operation}`)).toBe(one.name)
  // Who has left serves the organization no more, also under a project that is its own.
  await data(first, 'orgs.removeMember', { orgId, accountId: second.accountId })
  await rival.socket.closed
  const again = HandSpoke.attach(
    hub.broker,
    second.key,
    fresh('rival'),
    [specOf(operation, { pool: true })],
    { projectId },
  )
  await expect(again).rejects.toThrow('ACCESS_DENIED')
})
