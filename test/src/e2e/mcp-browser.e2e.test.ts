import { expect, test } from 'vitest'
import { chromium, openPage } from '../headless-browser.ts'
import { call } from '../http.ts'
import { serveModules } from '../module-server.ts'
import { startTestStack } from '../test-stack.ts'

const reason = chromium === undefined ? ' (skipped: there is no chromium here)' : ''

/** Common to both pages: `ask` sends a message to the MCP service whose address and key are in the fragment of the page's address. */
const common = `
const { mcp, key, other } = JSON.parse(decodeURIComponent(location.hash.slice(1)))
const ask = async (method, params, bearer = key) => {
  const response = await fetch(mcp, {
    method: 'POST',
    headers: {
      authorization: 'Bearer ' + bearer,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-06-18',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const text = await response.text()
  const line = /^data: (.*)$/m.exec(text)?.[1] ?? text
  return { status: response.status, result: JSON.parse(line).result }
}
const failure = (promise) => promise.then(() => 'answered', (error) => error.name)
`

const allowedPage = `${common}
const initialized = await ask('initialize', {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'page', version: '1' },
})
const tools = await ask('tools/list', {})
const called = await ask('tools/call', { name: 'call', arguments: { operationId: 'accounts.me' } })
const wrongKey = await ask('tools/list', {}, 'alk_wrong').catch((error) => ({ status: error.name }))
const frame = document.createElement('iframe')
frame.src = other + location.hash
document.body.append(frame)
await report({
  initialized: [initialized.status, initialized.result?.protocolVersion],
  tools: tools.result?.tools.map(({ name }) => name).toSorted(),
  called: called.result?.structuredContent,
  wrongKey: wrongKey.status,
})
`

const refusedPage = `${common}
const create = (slug) => ({ name: 'call', arguments: { operationId: 'projects.create', input: { slug } } })
const withKey = await failure(ask('tools/call', create('stolen-one')))
// Without a preflight, as forms do: it arrives, without a key.
const simple = await fetch(mcp, {
  method: 'POST',
  mode: 'no-cors',
  headers: { 'content-type': 'text/plain' },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: create('stolen-two') }),
})
await report({ withKey, simple: [simple.type, simple.status] })
`

test.skipIf(chromium === undefined)(
  `a page of an allowed origin uses /mcp in headless Chromium, and one of another origin cannot${reason}`,
  async () => {
    await using allowed = await serveModules(allowedPage, {})
    await using refused = await serveModules(refusedPage, {})
    await using hub = await startTestStack({
      http: { cors: { origins: [new URL(allowed.url).origin] } },
    })
    const facts = { mcp: hub.mcp, key: hub.admin.key, other: refused.url }
    await using browser = await openPage(
      `${allowed.url}#${encodeURIComponent(JSON.stringify(facts))}`,
    )
    expect(await Promise.race([allowed.reported, browser.gone])).toEqual({
      initialized: [200, '2025-06-18'],
      tools: ['call', 'list', 'query', 'schema', 'search'],
      called: expect.objectContaining({ accountId: hub.admin.accountId }),
      wrongKey: 401,
    })
    expect(await Promise.race([refused.reported, browser.gone])).toEqual({
      withKey: 'TypeError',
      simple: ['opaque', 0],
    })
    const { body } = await call(hub, hub.admin, 'projects.list', {})
    expect(JSON.stringify(body)).not.toContain('stolen')
  },
  120_000,
)
