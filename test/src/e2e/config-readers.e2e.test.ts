import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConfigReads, settingPaths } from '../config-reads.ts'
import { startFakeProvider } from '../fake-provider.ts'
import type { FakeProvider } from '../fake-provider.ts'
import { call } from '../http.ts'
import { echoSpec, PlainSocket, register } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

/**
 * Settings that the reading of the file turns into others (`host` and `user` become a URL), that a copy takes along, or that are read
 * later than in this test, and the file that uses each. What the hub of this test reads may not be listed.
 */
const readElsewhere: Readonly<Record<string, readonly string[]>> = {
  'libs/config/src/connection-url.ts': [
    'postgres.host',
    'postgres.port',
    'postgres.user',
    'postgres.password',
    'postgres.passwordFile',
    'redis.host',
    'redis.port',
    'redis.user',
    'redis.password',
    'redis.passwordFile',
  ],
  'libs/config/src/resolve.ts': [
    'http.ports.gateway',
    'http.ports.spoke-broker',
    'http.ports.inference-proxy',
    'http.ports.mcp',
    'http.ports.coordinator',
  ],
  'libs/config/src/resolve-postgres.ts': ['postgres.database'],
  'libs/config/src/resolve-redis.ts': [
    'redis.database',
    'redis.tls',
    'redis.cluster',
    'redis.sentinel.nodes',
    'redis.sentinel.name',
    'redis.sentinel.user',
    'redis.sentinel.password',
    'redis.sentinel.tls',
  ],
  'libs/config/src/tls-files.ts': [
    'postgres.caFile',
    'postgres.certFile',
    'postgres.keyFile',
    'redis.caFile',
    'redis.certFile',
    'redis.keyFile',
  ],
  'libs/service/src/telemetry/traces/record-traces.ts': [
    'telemetry.traces.endpoint',
    'telemetry.traces.headers',
    'telemetry.traces.sampleRatio',
    'telemetry.traces.maxQueuedSpans',
    'telemetry.traces.exportTimeoutMs',
  ],
  'libs/service/src/telemetry/logger.ts': ['logging.level', 'logging.format'],
  'libs/service/src/start/start-service.ts': ['http.drainBudgetMs'],
  'libs/http/src/cors.ts': ['http.cors.maxAgeSeconds'],
  // Read when a model for embeddings is set.
  'libs/service/src/search/embedding-stage.ts': ['search.queryTimeoutMs'],
  'libs/service/src/limits/request-limits.ts': [
    'limits.requestsPerMinute.organization',
    'limits.requestsPerDay.organization',
    'limits.requestsPerMonth.organization',
  ],
  'services/coordinator/src/queue/prepare-call.ts': [
    'queue.maxAttempts',
    'queue.backoffMs',
    'queue.expiresAfterMs',
  ],
  'services/coordinator/src/coordination/spawn-session.ts': [
    'sessions.maxDepth',
    'sessions.maxChildren',
    'sessions.maxChildrenPerMinute',
    'sessions.maxDescendants',
  ],
  'services/coordinator/src/jobs/pruners.ts': [
    'retention.callDaysOf',
    'retention.queuedCallDays',
    'retention.deadLetterDays',
    'retention.approvalDays',
    'retention.findingDays',
    'retention.workflowRunDays',
    'retention.workflowVersionDays',
    'retention.scheduleDays',
    'retention.taskCheckDays',
    'retention.mergeDays',
    'retention.workspaceDays',
    'retention.invitationDays',
    'retention.grantDays',
    'retention.callStatsDays',
    'retention.sessionDays',
    'retention.sessionEventDays',
    'retention.toolOutputDays',
    'retention.firingDays',
    'retention.deliveryDays',
    'retention.spokeDays',
    'retention.revokedKeyDays',
    'retention.auditDays',
    'retention.usageDays',
  ],
  'services/coordinator/src/workflows/active-run.ts': ['workflows.maxCallsPerRun'],
  'services/coordinator/src/sessions/turn/active-turn.ts': [
    'sessions.model',
    'sessions.maxSteps',
    'sessions.turnMs',
  ],
  'services/coordinator/src/sessions/tools/ask-above.ts': ['sessions.askAboveMs'],
  'services/coordinator/src/sessions/turn/turn-hold.ts': ['sessions.spokeGoneMs'],
  'services/coordinator/src/sessions/model/model-step.ts': [
    'sessions.contextTokens',
    'sessions.firstByteMs',
    'sessions.idleMs',
  ],
  'services/spoke-broker/src/connection/drain-sockets.ts': ['spokes.reconnectAfterMs'],
}

const reads = new ConfigReads()
let hub: TestStack
let provider: FakeProvider

beforeAll(async () => {
  hub = await startTestStack(
    { inference: { aliases: { small: ['fake/good'] } } },
    { onConfig: (config) => reads.wrap(config) },
  )
  provider = await startFakeProvider()
})
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  await provider?.[Symbol.asyncDispose]()
})

test('every setting is read by a service, or by the file that is named for it', async () => {
  await using spoke = await PlainSocket.open(hub.broker, hub.admin.key)
  await register(spoke, 'reader', [echoSpec])
  await call(hub, hub.admin, 'clients.create', {
    name: 'fake',
    type: 'llm-provider',
    config: { baseUrl: provider.url },
  })
  const response = await fetch(`${hub.inference}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.admin.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'small', messages: [] }),
  })
  expect(response.status).toBe(200)
  const elsewhere = new Set(Object.values(readElsewhere).flat())
  expect(settingPaths().filter((path) => !reads.has(path) && !elsewhere.has(path))).toEqual([])
  const known = new Set(settingPaths())
  // A job that reads one of them may have run already on a slow machine.
  expect([...elsewhere].filter((path) => !known.has(path))).toEqual([])
})

test.each(Object.entries(readElsewhere))(
  '%s uses the settings that are listed for it',
  async (file, paths) => {
    const text = await readFile(fileURLToPath(new URL(`../../../${file}`, import.meta.url)), 'utf8')
    for (const path of paths) {
      const name = path.startsWith('http.ports.') ? 'ports[' : path.slice(path.lastIndexOf('.') + 1)
      expect(text.includes(name) ? [] : [path]).toEqual([])
    }
  },
)

test('a copy of a section is no reading of its settings, a use of one is', () => {
  const own = new ConfigReads()
  const config = own.wrap({ http: { host: 'h', cors: { maxAgeSeconds: 1 }, port: 1 } })
  const copy = { ...config.http }
  expect([own.has('http.host'), own.has('http.port')]).toEqual([false, false])
  expect(copy.cors.maxAgeSeconds + config.http.port).toBe(2)
  expect(['host', 'port', 'cors.maxAgeSeconds'].map((name) => own.has(`http.${name}`))).toEqual([
    false,
    true,
    true,
  ])
})
