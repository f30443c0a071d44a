import { afterAll, beforeAll, expect, test } from 'vitest'
import { AnsweringListener } from '../testing/answering-listener.ts'
import { run } from '../testing/memory-io.ts'

// A listener instead of a hub, where nothing has the name that is asked for.

const lists: Readonly<Record<string, readonly { name: string }[]>> = {
  'schedules.list': [{ name: 'nightly' }, { name: 'weekly' }],
  'webhooks.list': [{ name: 'billing' }],
  'workflows.list': [{ name: 'overview' }],
}
const hub = new AnsweringListener(({ operation, input }, response) => {
  const items = lists[operation]
  if (items !== undefined) return { items }
  if (operation === 'inference.usage') {
    const problem = {
      code: 'OPERATION_NOT_FOUND',
      detail: 'There is no operation inference.usage.',
      details: { operationId: operation },
    }
    response.writeHead(404).end(JSON.stringify(problem))
    return undefined
  }
  if (operation === 'schedules.create') {
    const { operationId } = input as { operationId: string }
    const problem = { code: 'OPERATION_NOT_FOUND', detail: `There is no operation ${operationId}.` }
    response.writeHead(404).end(JSON.stringify({ ...problem, details: { operationId } }))
    return undefined
  }
  const kind = operation.split('.')[0]?.slice(0, -1) ?? ''
  const problem = {
    code: `${kind.toUpperCase()}_NOT_FOUND`,
    detail: 'It is not there.',
    details: input,
  }
  response.writeHead(404).end(JSON.stringify(problem))
  return undefined
})
beforeAll(() => hub.start())
afterAll(() => hub.stop())

test.each([
  [['schedules', 'get', 'nighly'], 'Did you mean `nightly`? `alkhub schedules list`'],
  [['webhooks', 'test', 'biling'], 'Did you mean `billing`? `alkhub webhooks list`'],
  [['workflows', 'run', 'overvew'], 'Did you mean `overview`? `alkhub workflows list`'],
])('%j is answered with the nearest name', async (words, text) => {
  const { code, err } = await run([...words, ...hub.args])
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(text) })
})

test('a name that is like no other gets the command that lists them', async () => {
  const { err } = await run(['schedules', 'get', 'zzz', ...hub.args])
  expect(err).not.toContain('Did you mean')
  expect(err).toContain('`alkhub schedules list` lists those that you may see.')
})

test('a command whose operation the key may not use names the scope that the key lacks', async () => {
  const { code, err } = await run(['usage', ...hub.args])
  expect({ code, err }).toEqual({ code: 4, err: expect.stringContaining('it needs usage:read') })
  expect(err).toContain('`alkhub keys create NAME --scope usage:read`')
})

test('`call` of an operation of the hub that the key may not use names the scope as well', async () => {
  const { code, err } = await run(['call', 'inference.usage', ...hub.args])
  expect({ code, err }).toEqual({ code: 4, err: expect.stringContaining('it needs usage:read') })
})

test('an operation that is named in the input and does not exist is not taken for that of the command', async () => {
  const words = ['schedules', 'create', 'nightly', 'nope.nope', '--cron', '@daily', ...hub.args]
  const { code, err } = await run(words)
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringContaining('There is no operation nope.nope.'),
  })
  expect(err).not.toContain('schedules:write')
})
