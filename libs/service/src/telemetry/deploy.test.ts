import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SERVICE_NAMES } from '@alkdev/contracts'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { BUS_METRICS } from './bus-metrics.ts'
import { METRICS } from './metric-definitions.ts'
import type { Metric } from './metric.ts'
import { createMetrics } from './metrics.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const folder = `${root}docs/deploy/telemetry`
const read = (name: string): string => readFileSync(`${folder}/${name}`, 'utf8')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: Readonly<Record<string, string>>
}
interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}

const rules = (parse(read('alerts.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
)
const { panels } = JSON.parse(read('grafana/hub.json')) as { panels: Panel[] }
const queries = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
]

/** The ports of `http.ports`. */
const PORTS = {
  gateway: 3000,
  'spoke-broker': 3001,
  'inference-proxy': 3002,
  mcp: 3003,
  coordinator: 3004,
} as const

/** Labels that Prometheus adds, or that a kind of metric has. */
const ADDED = ['job', 'instance', 'le']
const NAME = /\b(?:alkhub|process|nodejs)_[a-z0-9_]+/g

/** The series that each metric has, with their labels. */
async function knownSeries(): Promise<ReadonlyMap<string, readonly string[] | undefined>> {
  const known = new Map<string, readonly string[] | undefined>([['up', []]])
  const all: readonly Metric[] = [...Object.values(METRICS), ...Object.values(BUS_METRICS)]
  for (const { name, kind, labels } of all)
    for (const suffix of kind === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
      known.set(`${name}${suffix}`, labels)
  // The labels of the metrics of the process are those of prom-client.
  const text = await createMetrics('gateway').render()
  for (const [, name = '', kind] of text.matchAll(/^# TYPE ((?:process|nodejs)_\w+) (\w+)$/gm))
    for (const suffix of kind === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
      known.set(`${name}${suffix}`, undefined)
  return known
}

test('alerts and panels ask for metrics that exist', async () => {
  const known = await knownSeries()
  const wrong = queries.flatMap(([title, expr]) =>
    [...expr.matchAll(NAME)].flatMap(([name]) => (known.has(name) ? [] : [`${title}: ${name}`])),
  )
  expect(wrong).toEqual([])
  expect(queries.length).toBeGreaterThan(70)
})

test('alerts and panels ask for labels that their metrics have', async () => {
  const known = await knownSeries()
  const wrong = queries.flatMap(([title, expr]) => {
    const names = [...expr.matchAll(NAME)].map(([name]) => name)
    if (names.some((name) => known.get(name) === undefined && known.has(name))) return []
    const has = new Set([...ADDED, ...names.flatMap((name) => known.get(name) ?? [])])
    const matched = [...expr.matchAll(/[{,]\s*(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(
      (found) => found[1],
    )
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) =>
      list.split(',').map((label) => label.trim()),
    )
    return [...matched, ...grouped]
      .filter((label) => label !== undefined && !has.has(label))
      .map((label) => `${title}: ${label}`)
  })
  expect(wrong).toEqual([])
})

test('each alert has a name of its own and says in a sentence what is wrong', () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
  for (const { alert, annotations } of rules) {
    expect(alert).toMatch(/^Alkhub[A-Z]\w+$/)
    expect(annotations['summary']).toMatch(/\.$/)
  }
})

test('each bus counter that means a loss, and each metric of lost work, has an alert', () => {
  const text = rules.map(({ expr }) => expr).join('\n')
  for (const { name } of [
    METRICS.brokenInvariants,
    METRICS.recordsDropped,
    METRICS.recordsRefused,
    METRICS.ledgerDropped,
    METRICS.pruneFailures,
    METRICS.spansDropped,
    METRICS.rateLimitFailures,
    BUS_METRICS.fenced,
  ])
    expect(text).toContain(name)
})

test('Prometheus asks each service at its port, and the compose file mounts files that exist', () => {
  const { scrape_configs: jobs } = parse(read('prometheus.yaml')) as {
    scrape_configs: { job_name: string; dns_sd_configs: { names: string[]; port: number }[] }[]
  }
  const asked = jobs.map(({ job_name: job, dns_sd_configs: [config] }) => [
    job.replace('alkhub-', ''),
    config?.names[0],
    config?.port,
  ])
  expect(new Set(asked.map((each) => each.join(' ')))).toEqual(
    new Set(SERVICE_NAMES.map((service) => `${service} ${service} ${PORTS[service]}`)),
  )
  const { services } = parse(read('docker-compose.yml')) as {
    services: Record<string, { volumes?: string[] }>
  }
  const mounted = Object.values(services).flatMap(({ volumes = [] }) =>
    volumes.filter((volume) => volume.startsWith('./')).map((volume) => volume.split(':')[0] ?? ''),
  )
  expect(mounted.length).toBeGreaterThan(4)
  expect(mounted.filter((path) => !existsSync(`${root}${path}`))).toEqual([])
})

test('the compose file can be added to that of the hub, and its parts have limits, rotated logs and ports on the loopback address only', () => {
  type File = { readonly services: Record<string, Readonly<Record<string, unknown>>> }
  const hub = parse(readFileSync(`${root}docker-compose.yml`, 'utf8'), { merge: true }) as File
  const added = parse(read('docker-compose.yml'), { merge: true }) as File
  // Compose 2 warns of it.
  expect([hub, added].flatMap((file) => Object.keys(file))).not.toContain('version')
  expect(Object.keys(added.services).filter((name) => name in hub.services)).toEqual([])
  for (const part of Object.values(added.services)) {
    expect(part).toMatchObject({
      image: expect.stringMatching(/:v?\d+\.\d+/),
      mem_limit: expect.stringMatching(/^\d+[mg]$/),
      logging: { options: { 'max-size': '10m', 'max-file': '5' } },
      cap_drop: ['ALL'],
    })
    for (const port of part['ports'] as readonly string[]) expect(port).toMatch(/^127\.0\.0\.1:/)
  }
})

const NO_PROMTOOL =
  'promtool is not installed (`apt-get install prometheus`): the alert rules are not run.'
const hasPromtool = spawnSync('promtool', ['--version']).status === 0
if (!hasPromtool) console.log(NO_PROMTOOL)

test.skipIf(!hasPromtool).each([
  ['check', 'rules', 'alerts.yaml'],
  ['check', 'config', 'prometheus.yaml'],
  ['test', 'rules', 'alerts.test.yaml'],
])('promtool %s %s %s finds nothing wrong', (...args) => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' })
  expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' })
})
