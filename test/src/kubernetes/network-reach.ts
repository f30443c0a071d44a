import { BlockList } from 'node:net'
import { at, listAt } from './manifest.ts'
import type { Manifest } from './manifest.ts'

/** One end of a connection: a pod, or an address outside of the cluster. */
export interface Place {
  /** Value of the label `kubernetes.io/metadata.name`. Absent: outside of the cluster. */
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  /** IPv4. */
  readonly address?: string
}

type Direction = 'Ingress' | 'Egress'

/**
 * Whether the network policies of a namespace admit a TCP connection, as the API defines them: a pod that a policy of a direction selects
 * has in that direction what some rule of such a policy names, and any other pod everything.
 */
export class NetworkReach {
  readonly #policies: readonly Manifest[]
  readonly #namespace: string

  constructor(objects: readonly Manifest[], namespace: string) {
    this.#policies = objects.filter(({ kind }) => kind === 'NetworkPolicy')
    this.#namespace = namespace
  }

  admits(from: Place, to: Place, port: number): boolean {
    return this.#passes('Egress', from, to, port) && this.#passes('Ingress', to, from, port)
  }

  #passes(direction: Direction, pod: Place, peer: Place, port: number): boolean {
    if (pod.namespace !== this.#namespace) return true
    const policies = this.#policies.filter(
      ({ spec }) =>
        listAt(spec, 'policyTypes').includes(direction) &&
        selects(at(spec, 'podSelector'), pod.labels ?? {}),
    )
    if (policies.length === 0) return true
    const [rules, peers] = direction === 'Egress' ? ['egress', 'to'] : ['ingress', 'from']
    return policies
      .flatMap(({ spec }) => listAt(spec, rules))
      .some(
        (rule) =>
          (at(rule, peers) === undefined ||
            listAt(rule, peers).some((one) => this.#isPeer(one, peer))) &&
          (at(rule, 'ports') === undefined ||
            listAt(rule, 'ports').some(
              (one) => at(one, 'port') === port && at(one, 'protocol') === 'TCP',
            )),
      )
  }

  #isPeer(rule: unknown, { namespace, labels = {}, address }: Place): boolean {
    const block = at(rule, 'ipBlock')
    if (block !== undefined)
      return (
        address !== undefined &&
        isIn(address, [at(block, 'cidr')]) &&
        !isIn(address, listAt(block, 'except'))
      )
    if (namespace === undefined) return false
    const ofNamespace = at(rule, 'namespaceSelector')
    const ofPod = at(rule, 'podSelector')
    const isThere =
      ofNamespace === undefined
        ? namespace === this.#namespace
        : selects(ofNamespace, { 'kubernetes.io/metadata.name': namespace })
    return isThere && (ofPod === undefined || selects(ofPod, labels))
  }
}

function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries((at(selector, 'matchLabels') ?? {}) as Record<string, string>)
  return (
    wanted.every(([name, value]) => labels[name] === value) &&
    listAt(selector, 'matchExpressions').every((one) => {
      if (at(one, 'operator') !== 'In') throw new Error('Only the operator In is known.')
      return listAt(one, 'values').includes(labels[String(at(one, 'key'))])
    })
  )
}

function isIn(address: string, blocks: readonly unknown[]): boolean {
  const list = new BlockList()
  for (const block of blocks) {
    const [net = '', bits] = String(block).split('/')
    list.addSubnet(net, Number(bits), 'ipv4')
  }
  return list.check(address, 'ipv4')
}
