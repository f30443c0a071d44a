import { CLIENT_SECRET_KEY } from '@alkdev/contracts'
import { uuidv7 } from '@alkdev/std'
import { createClient } from '@alkdev/storage'
import { expect, test } from 'vitest'
import { startTestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'

test('a secret that an older version sealed without its origin is sealed with it once, so an edited row does not open (A8)', async () => {
  const authorizations: unknown[] = []
  await using upstream = await startTestUpstream()
  const answers = (): string =>
    upstream.serve((answer, request) => {
      authorizations.push(request.headers.authorization)
      answer.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[]}')
    })
  await using elsewhere = await startTestUpstream()
  const stolen: unknown[] = []
  const thief = elsewhere.serve((answer, request) => {
    stolen.push(request.headers.authorization)
    answer.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[]}')
  })
  const ids = [uuidv7(), uuidv7()]
  await using proxy = await startTestProxy({}, async ({ db, sql }, ring, ownerId) => {
    for (const [index, id] of ids.entries()) {
      const name = `old-${index}`
      const config = { baseUrl: answers(), models: ['m'] }
      const sealed = ring.encrypt(`sk-${name}`, `client_secrets/${id}/secret`)
      await createClient(
        db,
        { id, name, type: 'llm-provider', config, ownerId },
        { [CLIENT_SECRET_KEY]: sealed },
      )
    }
    await sql`update client_secrets set origin_bound = false`
  })
  const { sql } = proxy.database
  expect((await proxy.chat({ model: 'old-0/m' })).status).toBe(200)
  expect(authorizations).toEqual(['Bearer sk-old-0'])
  expect(await sql`select distinct origin_bound from client_secrets`).toEqual([
    { origin_bound: true },
  ])
  const [id = ''] = ids
  await sql`update clients set config = ${JSON.stringify({ baseUrl: thief, models: ['m'] })}::jsonb where id = ${id}`
  await expect
    .poll(async () => (await proxy.chat({ model: 'old-0/m' })).status, { timeout: 10_000 })
    .toBe(503)
  expect(stolen).toEqual([])
  expect((await proxy.chat({ model: 'old-1/m' })).status).toBe(200)
})
