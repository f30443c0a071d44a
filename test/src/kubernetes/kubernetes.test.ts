import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse, parseAllDocuments } from 'yaml'
import { describe, expect, test } from 'vitest'
import type { Manifest } from './manifest.ts'
import { OverlayChecks, PORTS, root } from './overlay-checks.ts'
import { renderKustomization } from './render-kustomization.ts'
import { schemaFaults } from './schema-faults.ts'
import { unknownFields } from './unknown-fields.ts'

const folder = join(root, 'docs/deploy/kubernetes')
const run = promisify(execFile)
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0
const reason = hasKubectl ? '' : ' (skipped: there is no kubectl here)'

describe.each(['overlays/production', 'overlays/one-node'])('%s', (overlay) => {
  const objects = renderKustomization(join(folder, overlay))
  const checks = new OverlayChecks(objects)

  test('every object is what the schemas of the Kubernetes API allow, without members that it does not have', () => {
    expect(objects.flatMap((object) => schemaFaults(object))).toEqual([])
    expect(objects.flatMap((object) => unknownFields(object))).toEqual([])
    expect(checks.names()).toEqual([])
  })

  test('each service has a deployment, a service, and a disruption budget that select its pods', () => {
    expect(checks.services()).toEqual([])
  })

  test('probes ask for the paths of the health routes, at a port of the container', () => {
    expect(checks.probes()).toEqual([])
  })

  test('a pod is given the time of the pause before its end, of the drain and of closing', () => {
    expect(checks.ends()).toEqual([])
  })

  test('every container runs without root, rights, capabilities and a token of the cluster', () => {
    expect(checks.rights()).toEqual([])
  })

  test('the environment holds paths only, in folders where a secret is mounted by its name', () => {
    expect(checks.secrets()).toEqual([])
  })

  test('the ingress sends requests for models to the inference proxies and everything else to the gateways', () => {
    expect(checks.ingress()).toEqual([])
  })

  test('network policies select pods that exist, and name ports on which something listens', () => {
    expect(checks.networkPolicies()).toEqual([])
  })

  test('the guide makes every secret that a pod mounts', () => {
    const guide = readFileSync(join(root, 'docs/guides/run-on-kubernetes.md'), 'utf8')
    const services = new Set([...Object.keys(PORTS), 'migrate'].map((name) => `alkhub-${name}`))
    for (const name of checks.secretNames)
      expect(guide).toContain(services.has(name) ? 'alkhub-$service' : name)
  })

  test.runIf(hasKubectl)(`kubectl makes the same objects${reason}`, async () => {
    const { stdout } = await run('kubectl', ['kustomize', join(folder, overlay)])
    const theirs = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest)
    const byName = (all: readonly Manifest[]): Record<string, Manifest> =>
      Object.fromEntries(all.map((object) => [`${object.kind} ${object.metadata.name}`, object]))
    expect(byName(objects)).toEqual(byName(theirs))
  })
})

test('autoscalers scale every service on metrics that the hub has and the rules of the adapter make', () => {
  const rules = parse(
    readFileSync(join(folder, 'components/autoscaling/adapter-rules.yaml'), 'utf8'),
  ) as unknown
  const objects = renderKustomization(join(folder, 'overlays/production'))
  expect(new OverlayChecks(objects).autoscalers(rules)).toEqual([])
})

test('a wrong port, probe, selector, label and time are found', () => {
  const text = JSON.stringify(renderKustomization(join(folder, 'overlays/production')))
  const faultsOf = (from: string, to: string): string[] => {
    expect(text).toContain(from)
    const checks = new OverlayChecks(JSON.parse(text.replace(from, to)) as Manifest[])
    return [
      ...checks.services(),
      ...checks.probes(),
      ...checks.ends(),
      ...checks.rights(),
      ...checks.secrets(),
      ...checks.ingress(),
      ...checks.networkPolicies(),
    ]
  }
  expect(faultsOf('"containerPort":3000', '"containerPort":3001')).toHaveLength(1)
  expect(faultsOf('"path":"/livez"', '"path":"/alive"')).toHaveLength(1)
  expect(
    faultsOf('"terminationGracePeriodSeconds":45', '"terminationGracePeriodSeconds":30'),
  ).toHaveLength(1)
  expect(faultsOf('"runAsNonRoot":true', '"runAsNonRoot":false')).toHaveLength(1)
  expect(faultsOf('programs/gateway.js', 'programs/gate.js')).toHaveLength(1)
  expect(faultsOf('"port":5432', '"port":5433')).toHaveLength(1)
  expect(faultsOf('"secretName":"alkhub-gateway"', '"secretName":"gateway"')).toHaveLength(1)
})

test('a member that the API does not have, and a value of the wrong type, are found', () => {
  const service = renderKustomization(join(folder, 'base')).find(({ kind }) => kind === 'Service')
  const wrong = structuredClone(service) as Manifest & { spec: Record<string, unknown> }
  wrong.spec['selectr'] = {}
  wrong.spec['ports'] = [{ port: 'http' }]
  expect(unknownFields(wrong)).toEqual([expect.stringMatching(/\.spec\.selectr$/)])
  expect(schemaFaults(wrong)).not.toEqual([])
})
