import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SERVICE_NAMES } from '@alkdev/contracts'
import { sleep } from '@alkdev/std'
import { FIRST_KEY_COMMAND } from '@alkdev/service/admin'
import { parse, stringify } from 'yaml'
import { documentText } from '../guide-runner.ts'
import { shellCommands } from '../shell-blocks.ts'
import { ComposeFolder, LET_PROXY_READ } from './compose-folder.ts'

const PROMETHEUS = 'http://127.0.0.1:9090/api/v1'
const GRAFANA = 'http://127.0.0.1:3100/api'
const JAEGER = 'http://127.0.0.1:16686/api'
/** Until a metric or a trace that was sent must be there. Prometheus asks each 15 s. */
const PATIENCE_MS = 120_000

/** Lines of the guide that are not run: they are about a collector or a stack of another kind. */
const LEFT_OUT = ['printf ', './alkhub status']

/**
 * Starts a stack with Prometheus, Grafana and Jaeger by the lines of `watch-a-hub.md`, moves its secrets into files by those of `run-with-compose.md`, and
 * waits for the metrics of every service, the rules, the dashboard, and a trace of several services. The variable ALKHUB_WITHOUT names a part whose
 * image this machine cannot have: it is not started.
 */
export async function watchTelemetry(): Promise<void> {
  await using here = await ComposeFolder.create()
  console.log(`starting telemetry in ${here.folder}`)
  const { ALKHUB_WITHOUT: without } = process.env
  if (without !== undefined) await leaveOut(here, without)
  const run = async (line: string): Promise<void> => {
    const from = Date.now()
    await here.run(line)
    console.log(`  ${line}\n    ${((Date.now() - from) / 1000).toFixed(1)} s`)
  }
  const lines = shellCommands(documentText('docs/guides/watch-a-hub.md')).filter(
    (line) => !LEFT_OUT.some((start) => line.startsWith(start)),
  )
  const [readable = '', start = '', ...rest] = lines
  for (const line of [LET_PROXY_READ, readable, start]) await run(line)
  await run(FIRST_KEY_COMMAND)
  await untilMeasured()
  const moved = shellCommands(documentText('docs/guides/run-with-compose.md'))
  const from = moved.findIndex((line) => line.startsWith('mkdir -m 700 secrets'))
  // Up to the start with the files, which the guide of telemetry has with its own file.
  for (const line of moved.slice(from, from + 4)) await run(line)
  for (const line of rest) await run(line)
  const key = (await readFile(join(here.folder, 'admin.key'), 'utf8')).trim()
  await untilTraced(here.url, key)
  if (without !== 'grafana') await untilShown()
}

/** `docker-compose` 1.29 fetches the images of all services, those with `--scale` 0 included. */
async function leaveOut(here: ComposeFolder, name: string): Promise<void> {
  const file = join(here.folder, 'docs/deploy/telemetry/docker-compose.yml')
  const text = await readFile(file, 'utf8')
  const { services, volumes } = parse(text, { merge: true }) as Record<string, object>
  const left = Object.entries(services ?? {}).filter(([service]) => service !== name)
  await writeFile(file, stringify({ services: Object.fromEntries(left), volumes }))
  console.log(`  without ${name}`)
}

/** Every service is asked, no rule fails, and each panel of the dashboard has a query that Prometheus takes. */
async function untilMeasured(): Promise<void> {
  await until('the metrics of every service', async () => {
    const { data } = (await read(`${PROMETHEUS}/targets?state=active`)) as {
      data: { activeTargets: { labels: { job: string }; health: string }[] }
    }
    const up = data.activeTargets.flatMap(({ labels, health }) =>
      health === 'up' ? labels.job : [],
    )
    return SERVICE_NAMES.every((name) => up.includes(`alkhub-${name}`))
  })
  await until('the rules', async () => {
    const { data } = (await read(`${PROMETHEUS}/rules`)) as {
      data: { groups: { rules: { health: string }[] }[] }
    }
    const rules = data.groups.flatMap((group) => group.rules)
    return rules.length > 0 && rules.every(({ health }) => health === 'ok')
  })
  const { panels } = JSON.parse(documentText('docs/deploy/telemetry/grafana/hub.json')) as {
    panels: { targets?: { expr: string }[] }[]
  }
  const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
  let answered = 0
  for (const query of queries) {
    const expr = query.replaceAll(/\$__(?:rate_)?interval/g, '5m').replaceAll(/\$\w+/g, '.*')
    const { data } = (await read(`${PROMETHEUS}/query?query=${encodeURIComponent(expr)}`)) as {
      data: { result: unknown[] }
    }
    if (data.result.length > 0) answered += 1
  }
  console.log(
    `  Prometheus has values for ${answered} of ${queries.length} queries of the dashboard`,
  )
  if (answered === 0) throw new Error('No query of the dashboard has a value.')
}

/** A call whose caller asks for a trace is seen in each service that took part. */
async function untilTraced(hub: string, key: string): Promise<void> {
  await until('a trace of the gateway and the coordinator', async () => {
    const traceId = randomBytes(16).toString('hex')
    const response = await fetch(`${hub}/api/operations/projects.list`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
      },
      body: '{}',
      signal: AbortSignal.timeout(30_000),
    })
    await response.text()
    await sleep(8000)
    const { data } = (await read(`${JAEGER}/traces/${traceId}`)) as {
      data: { processes: Record<string, { serviceName: string }> }[]
    }
    const names = data.flatMap(({ processes }) =>
      Object.values(processes).map(({ serviceName }) => serviceName),
    )
    return ['alkhub-gateway', 'alkhub-coordinator'].every((name) => names.includes(name))
  })
}

async function untilShown(): Promise<void> {
  await until('the dashboard', async () => {
    const found = (await read(`${GRAFANA}/search?type=dash-db`)) as { title: string }[]
    return found.some(({ title }) => title === 'alkdev hub')
  })
}

async function read(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status} ${text.slice(0, 300)}`)
  return JSON.parse(text)
}

async function until(what: string, isThere: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  for (let last: unknown = 'it is not there'; ; await sleep(1000)) {
    const found = await isThere().catch((error: unknown) => {
      last = error
      return false
    })
    if (found) return console.log(`  ${what}: there`)
    if (Date.now() > deadline)
      throw new Error(`${what} did not come within ${PATIENCE_MS / 1000} s.`, { cause: last })
  }
}
