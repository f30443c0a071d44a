import { createOrganization, ensureProject, setMembership } from '@alkdev/storage'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { call } from '../http.ts'
import { register } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

let hub: TestStack

beforeAll(async () => {
  hub = await startTestStack({ spokes: { suspendedMs: 1000 } })
})
afterAll(() => hub?.[Symbol.asyncDispose]())

interface SpokeEvent {
  readonly eventId: string
  readonly type: string
  readonly id: string
  readonly payload: Record<string, unknown>
}

/** The spoke events that an account receives, as they arrive. */
async function watch({ key }: TestKey, lastId?: string): Promise<SpokeEvent[]> {
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
  const events: SpokeEvent[] = []
  void (async () => {
    let rest = ''
    for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (rest + piece).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const [, eventId = '', data = ''] = /^id: (.+)\ndata: (.+)$/m.exec(block) ?? []
        if (data !== '')
          events.push({ eventId, ...(JSON.parse(data) as Omit<SpokeEvent, 'eventId'>) })
      }
    }
  })().catch(() => undefined)
  return events
}

const types = (events: readonly SpokeEvent[]): string[] => events.map(({ type }) => type)

test('the events of a spoke go to its owner, the members of its project and admins only, and can be resumed', async () => {
  const { db } = hub.database
  const owner = await hub.createKey(['spokes:attach', 'spokes:*'])
  const member = await hub.createKey(['spokes:read'])
  const unscoped = await hub.createKey([])
  const outsider = await hub.createKey(['spokes:*'])
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
  const outsiders = [await watch(unscoped), await watch(outsider)]

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
  await expect.poll(() => types(first).at(-1)).toBe('spoke.suspended')
  const back = await HandSpoke.attach(hub.broker, owner.key, 'watched', [a], {
    ...more,
    sessionToken: spoke.token,
  })
  expect((await call(hub, owner, 'spokes.disconnect', { name: 'watched' })).status).toBe(200)
  await back.socket.closed

  const whole = ['attached', 'registered', 'suspended', 'attached', 'detached']
  for (const events of insiders) {
    await expect.poll(() => types(events)).toEqual(whole.map((event) => `spoke.${event}`))
    expect(events[0]?.payload).toMatchObject({
      ownerId: owner.accountId,
      orgId,
      name: 'watched',
      how: 'new',
      operations: 2,
    })
    expect(events[1]?.payload).toMatchObject({ added: 2, changed: 1, removed: 1, operations: 3 })
    expect(events[3]?.payload).toMatchObject({ how: 'reconnect' })
  }
  const resumed = await watch(member, first[1]?.eventId)
  await expect.poll(() => resumed).toEqual(first.slice(2))
  expect(outsiders).toEqual([[], []])
})

test('a spoke that does not return is reported as lost', async () => {
  const owner = await hub.createKey(['spokes:attach', 'spokes:read'])
  const events = await watch(owner)
  const spoke = await HandSpoke.attach(hub.broker, owner.key, 'lost', [specOf('a')])
  spoke.cut()
  await expect
    .poll(() => types(events))
    .toEqual(['spoke.attached', 'spoke.suspended', 'spoke.detached'])
  expect(events[2]).toMatchObject({ id: 'lost', payload: { why: 'it did not return' } })
})
