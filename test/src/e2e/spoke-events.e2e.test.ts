import { createOrganization, ensureProject, setMembership } from '@alkdev/storage'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { call } from '../http.ts'
import { register } from '../plain-socket.ts'
import { startTestHub } from '../test-hub.ts'
import type { TestHub, TestKey } from '../test-hub.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

let hub: TestHub

beforeAll(async () => {
  hub = await startTestHub({ spokes: { suspendedMs: 1000 } })
})
afterAll(() => hub?.[Symbol.asyncDispose]())

interface Told {
  readonly eventId: string
  readonly type: string
  readonly id: string
  readonly payload: Record<string, unknown>
}

/** What an account is told of spokes, as it comes. */
async function watch({ key }: TestKey, lastId?: string): Promise<Told[]> {
  const leave = new AbortController()
  onTestFinished(() => leave.abort())
  const answer = await fetch(`${hub.gateway}/api/events?topics=spoke.*`, {
    headers: {
      authorization: `Bearer ${key}`,
      ...(lastId !== undefined && { 'last-event-id': lastId }),
    },
    signal: leave.signal,
  })
  expect(answer.status).toBe(200)
  const told: Told[] = []
  void (async () => {
    let rest = ''
    for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (rest + piece).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const [, eventId = '', data = ''] = /^id: (.+)\ndata: (.+)$/m.exec(block) ?? []
        if (data !== '') told.push({ eventId, ...(JSON.parse(data) as Omit<Told, 'eventId'>) })
      }
    }
  })().catch(() => undefined)
  return told
}

const types = (told: readonly Told[]): string[] => told.map(({ type }) => type)

test('a spoke’s life is told to its owner, the members of its project and admins, and to nobody else; resumable', async () => {
  const { db } = hub.database
  const owner = await hub.createKey(['spokes:attach', 'spokes:*'])
  const member = await hub.createKey(['spokes:read'])
  const unscoped = await hub.createKey([])
  const stranger = await hub.createKey(['spokes:*'])
  const organization = await createOrganization(db, {
    name: 'acme',
    slug: 'acme',
    ownerId: owner.accountId,
  } as never)
  for (const { accountId } of [member, unscoped])
    await setMembership(db, organization.id, accountId, 'member')
  const orgId = organization.id
  const project = await ensureProject(db, { ownerId: owner.accountId, orgId, slug: 'site' })
  const insiders = [await watch(owner), await watch(member), await watch(hub.admin)]
  const outsiders = [await watch(unscoped), await watch(stranger)]

  const a = specOf('a')
  const more = { projectId: project.id }
  const spoke = await HandSpoke.attach(hub.broker, owner.key, 'watched', [a, specOf('b')], more)
  const again = (operations: object[]) =>
    register(spoke.socket, 'watched', operations, { ...more, sessionToken: spoke.token })
  await again([{ ...a, description: 'Another.' }, specOf('c'), specOf('d')])
  // The same once more is no event.
  await again([{ ...a, description: 'Another.' }, specOf('c'), specOf('d')])
  spoke.cut()
  const [first = []] = insiders
  await expect.poll(() => types(first).at(-1), { timeout: 5000 }).toBe('spoke.suspended')
  const back = await HandSpoke.attach(hub.broker, owner.key, 'watched', [a], {
    ...more,
    sessionToken: spoke.token,
  })
  expect((await call(hub, owner, 'spokes.disconnect', { name: 'watched' })).status).toBe(200)
  await back.socket.closed

  const whole = ['attached', 'registered', 'suspended', 'attached', 'detached']
  for (const told of insiders) {
    await expect.poll(() => types(told)).toEqual(whole.map((event) => `spoke.${event}`))
    expect(told[0]?.payload).toMatchObject({
      ownerId: owner.accountId,
      orgId,
      name: 'watched',
      how: 'new',
      operations: 2,
    })
    expect(told[1]?.payload).toMatchObject({ added: 2, changed: 1, removed: 1, operations: 3 })
    expect(told[3]?.payload).toMatchObject({ how: 'reconnect' })
  }
  const resumed = await watch(member, first[1]?.eventId)
  await expect.poll(() => resumed).toEqual(first.slice(2))
  expect(outsiders).toEqual([[], []])
})

test('a spoke that does not come back is told of as gone', async () => {
  const owner = await hub.createKey(['spokes:attach', 'spokes:read'])
  const told = await watch(owner)
  const spoke = await HandSpoke.attach(hub.broker, owner.key, 'lost', [specOf('a')])
  spoke.cut()
  await expect
    .poll(() => types(told), { timeout: 8000 })
    .toEqual(['spoke.attached', 'spoke.suspended', 'spoke.detached'])
  expect(told[2]).toMatchObject({ id: 'lost', payload: { why: 'it did not come back' } })
})
