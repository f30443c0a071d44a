import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { at } from './manifest.ts'
import { NetworkReach } from './network-reach.ts'
import type { Place } from './network-reach.ts'
import { PORTS, root } from './overlay-checks.ts'
import { renderKustomization } from './render-kustomization.ts'

const INGRESS: Place = { namespace: 'ingress-nginx' }
const MONITORING: Place = { namespace: 'monitoring' }
const DNS: Place = { namespace: 'kube-system' }
const ANOTHER: Place = { namespace: 'default', labels: { 'app.kubernetes.io/part-of': 'alkhub' } }
/** A model provider, and the address at which clouds serve the credentials of a machine. */
const OUTSIDE: Place = { address: '203.0.113.7' }
const METADATA: Place = { address: '169.254.169.254' }
const SERVICES = Object.keys(PORTS)

describe.each(['production', 'one-node'])('the network policies of %s', (overlay) => {
  const objects = renderKustomization(join(root, 'docs/deploy/kubernetes/overlays', overlay))
  const reach = new NetworkReach(objects, 'alkhub')
  const pod = (name: string): Place => {
    const owner = objects.find(
      ({ kind, metadata }) =>
        ['Deployment', 'StatefulSet', 'Job'].includes(kind) && metadata.name === name,
    )
    const labels = at(owner, 'spec', 'template', 'metadata', 'labels')
    if (labels === undefined) throw new Error(`There is no pod of ${name}.`)
    return { namespace: 'alkhub', labels: labels as Record<string, string> }
  }
  /** PostgreSQL and Redis: in the cluster, or at an address that the overlay names. */
  const server = (name: string): Place =>
    overlay === 'one-node' ? pod(name) : { address: '192.0.2.5' }
  const portOf = (name: string): number => PORTS[name] as number
  const refused = (needs: readonly (readonly [string, Place, Place, number])[]): string[] =>
    needs.flatMap(([what, from, to, port]) => (reach.admits(from, to, port) ? [] : [what]))
  const admitted = (never: readonly (readonly [string, Place, Place, number])[]): string[] =>
    never.flatMap(([what, from, to, port]) => (reach.admits(from, to, port) ? [what] : []))

  test('admit what each service needs', () => {
    const needs = [
      ['clients to the gateway', INGRESS, pod('gateway'), 3000],
      ['model requests', INGRESS, pod('inference-proxy'), 3002],
      ['/ws of the gateway', pod('gateway'), pod('spoke-broker'), 3001],
      ['/v1 of the gateway', pod('gateway'), pod('inference-proxy'), 3002],
      ['/mcp of the gateway', pod('gateway'), pod('mcp'), 3003],
      ['models of turns', pod('coordinator'), pod('inference-proxy'), 3002],
      ['embeddings', pod('mcp'), pod('inference-proxy'), 3002],
      ['the migration', pod('migrate'), server('postgres'), 5432],
      ['names for the migration', pod('migrate'), DNS, 53],
      ['model providers', pod('inference-proxy'), OUTSIDE, 443],
      ['outside services', pod('mcp'), OUTSIDE, 443],
      ['webhooks', pod('coordinator'), OUTSIDE, 443],
      ['the address of a new client', pod('gateway'), OUTSIDE, 443],
      ...SERVICES.flatMap((name) => [
        [`metrics of ${name}`, MONITORING, pod(name), portOf(name)] as const,
        [`traces of ${name}`, pod(name), MONITORING, 4318] as const,
        [`names for ${name}`, pod(name), DNS, 53] as const,
        [`PostgreSQL for ${name}`, pod(name), server('postgres'), 5432] as const,
        [`Redis for ${name}`, pod(name), server('redis'), 6379] as const,
      ]),
    ] as const
    expect(refused(needs)).toEqual([])
  })

  test('admit PgBouncer and sentinels where the servers are outside of the cluster', () => {
    const needs = SERVICES.flatMap((name) => [
      [`PgBouncer for ${name}`, pod(name), { address: '192.0.2.5' }, 6432] as const,
      [`sentinels for ${name}`, pod(name), { address: '192.0.2.5' }, 26379] as const,
    ])
    expect(refused(needs)).toEqual(overlay === 'production' ? [] : needs.map(([what]) => what))
  })

  test('admit nothing else', () => {
    const never = [
      ['the ingress at a broker', INGRESS, pod('spoke-broker'), 3001],
      ['the ingress at mcp', INGRESS, pod('mcp'), 3003],
      ['the ingress at the coordinator', INGRESS, pod('coordinator'), 3004],
      ['a broker to the outside', pod('spoke-broker'), OUTSIDE, 443],
      ['the migration to the outside', pod('migrate'), OUTSIDE, 443],
      ['a service at the coordinator', pod('gateway'), pod('coordinator'), 3004],
      ...SERVICES.flatMap((name) => [
        [`another namespace at ${name}`, ANOTHER, pod(name), portOf(name)] as const,
        [`${name} at the credentials of the machine`, pod(name), METADATA, 443] as const,
        [`${name} at another port of the outside`, pod(name), OUTSIDE, 25] as const,
        [`${name} at the Kubernetes API`, pod(name), DNS, 6443] as const,
      ]),
    ] as const
    expect(admitted(never)).toEqual([])
  })

  test.runIf(overlay === 'one-node')('keep PostgreSQL and Redis for the services', () => {
    expect(
      admitted([
        ['another namespace at PostgreSQL', ANOTHER, pod('postgres'), 5432],
        ['Prometheus at Redis', MONITORING, pod('redis'), 6379],
        ['Redis to the outside', pod('redis'), OUTSIDE, 443],
        ['PostgreSQL at a service', pod('postgres'), pod('gateway'), 3000],
      ]),
    ).toEqual([])
  })
})
