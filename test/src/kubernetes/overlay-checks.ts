import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { IMAGE_PROGRAM_FILES } from '@alkdev/sdk/programs'
import { at, listAt } from './manifest.ts'
import type { Manifest } from './manifest.ts'

export const root = fileURLToPath(new URL('../../..', import.meta.url))
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')

/** The services and their ports. */
export const PORTS: Readonly<Record<string, number>> = {
  gateway: 3000,
  'spoke-broker': 3001,
  'inference-proxy': 3002,
  mcp: 3003,
  coordinator: 3004,
}
/** Seconds that a process needs to close after its drain, as in docker-compose.yml. */
const CLOSE_SECONDS = 10
/** Seconds in which a service loses a pod that is to end. */
const PAUSE_SECONDS = 5
/** DNS, HTTPS, a collector of traces, PostgreSQL, PgBouncer, Redis and its sentinels. */
const SERVERS = [53, 443, 4318, 5432, 6432, 6379, 26379]

/** The objects of an overlay, and what is wrong with them: each check returns one sentence for each fault. */
export class OverlayChecks {
  readonly #objects: readonly Manifest[]
  readonly #pods: readonly { readonly object: Manifest; readonly pod: unknown }[]

  constructor(objects: readonly Manifest[]) {
    this.#objects = objects
    this.#pods = objects.flatMap((object) =>
      ['Deployment', 'StatefulSet', 'Job'].includes(object.kind)
        ? [{ object, pod: at(object, 'spec', 'template') }]
        : [],
    )
  }

  /** Deployment, service and disruption budget of each service select its pods, and name its port and its program. */
  services(): string[] {
    const config = textOf('docs/reference/config.md')
    return Object.entries(PORTS).flatMap(([name, port]) => {
      const pod = this.#podOf(name)
      const container = at(pod, 'spec', 'containers', 0)
      const selectors = [
        at(this.#named('Deployment', name), 'spec', 'selector', 'matchLabels'),
        at(this.#named('Service', name), 'spec', 'selector'),
        at(this.#named('PodDisruptionBudget', name), 'spec', 'selector', 'matchLabels'),
      ]
      return [
        ...differs(`${name}: ports of the container`, listAt(container, 'ports'), [
          { name: 'http', containerPort: port },
        ]),
        ...differs(`${name}: ports`, listAt(this.#named('Service', name), 'spec', 'ports'), [
          { name: 'http', port, targetPort: 'http' },
        ]),
        ...unless(
          config.includes(`| \`ports.${name}\` | an integer from 0 to 65535 | \`${port}\``),
          `${name}: ${port} is not the default port`,
        ),
        ...unless(
          IMAGE_PROGRAM_FILES.includes(String(listAt(container, 'command').at(-1))),
          `${name}: its program does not exist`,
        ),
        ...selectors.flatMap((selector) =>
          differs(`${name}: selected pods`, this.#selectedBy(selector), [name]),
        ),
      ]
    })
  }

  /** Probes ask for the paths of the health routes, at a port of the container. */
  probes(): string[] {
    const routes = textOf('libs/http/src/health.ts')
    const paths = { startup: '/readyz', readiness: '/readyz', liveness: '/livez' }
    return [
      ...Object.values(paths).flatMap((path) =>
        unless(routes.includes(`app.get('${path}'`), `the services have no ${path}`),
      ),
      ...Object.keys(PORTS).flatMap((name) =>
        Object.entries(paths).flatMap(([kind, path]) =>
          differs(
            `${name}: ${kind} probe`,
            at(this.#podOf(name), 'spec', 'containers', 0, `${kind}Probe`, 'httpGet'),
            { path, port: 'http' },
          ),
        ),
      ),
    ]
  }

  /** A pod is given the time of the pause before its end, of the drain and of closing; no pod ends before its successor is ready. */
  ends(): string[] {
    const setting = /^\| `drainBudgetMs` \|[^|]*\| `(\d+)` \|/m
    const drainSeconds = Number(setting.exec(textOf('docs/reference/config.md'))?.[1]) / 1000
    return Object.keys(PORTS).flatMap((name) => {
      const pod = this.#podOf(name)
      const stop = at(pod, 'spec', 'containers', 0, 'lifecycle', 'preStop', 'exec', 'command')
      const pause = name === 'coordinator' ? 0 : PAUSE_SECONDS
      return [
        ...differs(
          `${name}: pause before its end`,
          stop,
          pause === 0 ? undefined : ['sleep', String(pause)],
        ),
        ...differs(
          `${name}: grace period`,
          at(pod, 'spec', 'terminationGracePeriodSeconds'),
          pause + drainSeconds + CLOSE_SECONDS,
        ),
        ...differs(
          `${name}: rolling update`,
          at(this.#named('Deployment', name), 'spec', 'strategy', 'rollingUpdate'),
          { maxUnavailable: 0, maxSurge: 1 },
        ),
      ]
    })
  }

  /** Containers have no root, rights, capabilities, token of the cluster, nor a file system to write to; they have a limit of memory. */
  rights(): string[] {
    return this.#pods.flatMap(({ object, pod }) => {
      const { name } = object.metadata
      return [
        ...differs(`${name}: token`, at(pod, 'spec', 'automountServiceAccountToken'), false),
        ...differs(`${name}: root`, at(pod, 'spec', 'securityContext', 'runAsNonRoot'), true),
        ...differs(
          `${name}: seccomp`,
          at(pod, 'spec', 'securityContext', 'seccompProfile', 'type'),
          'RuntimeDefault',
        ),
        ...listAt(pod, 'spec', 'containers').flatMap((container) => {
          const context = at(container, 'securityContext')
          return [
            ...differs(`${name}: rights`, at(context, 'allowPrivilegeEscalation'), false),
            ...differs(`${name}: capabilities`, at(context, 'capabilities', 'drop'), ['ALL']),
            // PostgreSQL writes beside its data.
            ...(name === 'postgres'
              ? []
              : differs(`${name}: file system`, at(context, 'readOnlyRootFilesystem'), true)),
            ...unless(
              at(container, 'resources', 'limits', 'memory') !== undefined,
              `${name}: no limit of memory`,
            ),
          ]
        }),
      ]
    })
  }

  /** The environment holds paths only, in folders where a secret is mounted by its name; every mount has its volume. */
  secrets(): string[] {
    return [
      ...unless(!this.#objects.some(({ kind }) => kind === 'Secret'), 'a secret is in a manifest'),
      ...this.#pods.flatMap(({ object, pod }) => {
        const { name } = object.metadata
        const volumes = listAt(pod, 'spec', 'volumes')
        const mounts = listAt(pod, 'spec', 'containers', 0, 'volumeMounts')
        const declared = [...volumes, ...listAt(object, 'spec', 'volumeClaimTemplates')].map(
          (volume) => at(volume, 'name') ?? at(volume, 'metadata', 'name'),
        )
        const folders = mounts.map((mount) => `${String(at(mount, 'mountPath'))}/`)
        const config = volumes.find((volume) => at(volume, 'name') === 'config')
        return [
          ...mounts.flatMap((mount) =>
            unless(declared.includes(at(mount, 'name')), `${name}: a mount without a volume`),
          ),
          ...listAt(pod, 'spec', 'containers', 0, 'env').flatMap((variable) => {
            const value = String(at(variable, 'value'))
            const isPath = folders.some((folder) => value.startsWith(folder))
            const plain = /^(POSTGRES_(USER|DB)|MALLOC_ARENA_MAX)$/.test(
              String(at(variable, 'name')),
            )
            return unless(isPath || plain, `${name}: ${value} is in no mounted folder`)
          }),
          ...(name in PORTS
            ? differs(`${name}: its config`, at(config, 'secret'), {
                secretName: `alkhub-${name}`,
                defaultMode: 0o440,
              })
            : []),
        ]
      }),
    ]
  }

  /** The names of the secrets that pods mount. */
  get secretNames(): string[] {
    return this.#pods.flatMap(({ pod }) =>
      listAt(pod, 'spec', 'volumes').flatMap((volume) => {
        const name = at(volume, 'secret', 'secretName')
        return typeof name === 'string' ? [name] : []
      }),
    )
  }

  /** The ingress sends requests for models to the inference proxies and everything else to the gateways, at ports that they have. */
  ingress(): string[] {
    const ingress = this.#named('Ingress', 'alkhub')
    const paths = listAt(ingress, 'spec', 'rules', 0, 'http', 'paths')
    const backend = (path: unknown, ...members: readonly string[]): string =>
      String(at(path, 'backend', 'service', ...members))
    return [
      ...differs(
        'routes of the ingress',
        paths.map((path) => [at(path, 'path'), at(path, 'pathType'), backend(path, 'name')]),
        [
          ['/v1', 'Prefix', 'inference-proxy'],
          ['/', 'Prefix', 'gateway'],
        ],
      ),
      ...paths.flatMap((path) => {
        const ports = listAt(this.#named('Service', backend(path, 'name')), 'spec', 'ports')
        const has = ports.some((port) => at(port, 'name') === backend(path, 'port', 'name'))
        return unless(has, `the ingress names a port that ${backend(path, 'name')} does not have`)
      }),
    ]
  }

  /** Each network policy selects pods that exist, names pods that exist, and ports on which something listens. All pods of the hub are denied the rest. */
  networkPolicies(): string[] {
    const listening = new Set([...SERVERS, ...Object.values(PORTS)])
    const policies = this.#objects.filter(({ kind }) => kind === 'NetworkPolicy')
    const denied = policies.find(({ metadata }) => metadata.name === 'default-deny')
    const ours = this.#pods.filter(
      ({ object }) => object.metadata.labels?.['app.kubernetes.io/part-of'] === 'alkhub',
    )
    return [
      ...differs('default-deny', at(denied, 'spec', 'policyTypes'), ['Ingress', 'Egress']),
      ...differs(
        'pods of default-deny',
        this.#selectedBy(at(denied, 'spec', 'podSelector', 'matchLabels')),
        ours.map(({ object }) => object.metadata.name),
      ),
      ...policies.flatMap(({ metadata: { name }, spec }) => {
        const rules = [...listAt(spec, 'ingress'), ...listAt(spec, 'egress')]
        const peers = rules.flatMap((rule) => [...listAt(rule, 'from'), ...listAt(rule, 'to')])
        const selectors = [
          at(spec, 'podSelector', 'matchLabels'),
          ...peers.map((peer) => at(peer, 'podSelector', 'matchLabels')),
        ].filter((selector) => selector !== undefined)
        return [
          ...selectors.flatMap((selector) =>
            unless(this.#selectedBy(selector).length > 0, `${name}: selects no pod`),
          ),
          ...rules
            .flatMap((rule) => listAt(rule, 'ports'))
            .flatMap((port) =>
              unless(
                listening.has(Number(at(port, 'port'))),
                `${name}: nothing listens on ${String(at(port, 'port'))}`,
              ),
            ),
        ]
      }),
    ]
  }

  /** Every object is in the namespace, and no two of a kind have one name. */
  names(): string[] {
    const names = this.#objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    return [
      ...differs('names', names, [...new Set(names)]),
      ...this.#objects
        .filter(({ kind }) => kind !== 'Namespace')
        .flatMap(({ metadata }) =>
          differs(`namespace of ${metadata.name}`, metadata.namespace, 'alkhub'),
        ),
    ]
  }

  /** Autoscalers scale each service, whose deployments leave the number to them, on metrics that the hub has and the adapter makes. */
  autoscalers(rules: unknown): string[] {
    const metrics = textOf('docs/reference/metrics.md')
    const made = new Set<unknown>()
    const faults = [...listAt(rules, 'rules'), ...listAt(rules, 'externalRules')].flatMap(
      (rule) => {
        const series = /^\w+/.exec(String(at(rule, 'seriesQuery')))?.[0] ?? ''
        made.add(at(rule, 'name', 'as') ?? series)
        return unless(metrics.includes(`\`${series}\``), `there is no metric ${series}`)
      },
    )
    const scalers = this.#objects.filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
    const used = scalers
      .flatMap((scaler) => listAt(scaler, 'spec', 'metrics'))
      .map((one) => at(one, 'pods', 'metric', 'name') ?? at(one, 'external', 'metric', 'name'))
    return [
      ...faults,
      ...differs(
        'scaled deployments',
        scalers.map((scaler) => String(at(scaler, 'spec', 'scaleTargetRef', 'name'))).toSorted(),
        Object.keys(PORTS).toSorted(),
      ),
      ...Object.keys(PORTS).flatMap((name) =>
        differs(
          `${name}: replicas`,
          at(this.#named('Deployment', name), 'spec', 'replicas'),
          undefined,
        ),
      ),
      ...used
        .filter((name) => name !== undefined)
        .flatMap((name) => unless(made.has(name), `no rule makes ${JSON.stringify(name)}`)),
    ]
  }

  #named(kind: string, name: string): Manifest | undefined {
    return this.#objects.find((object) => object.kind === kind && object.metadata.name === name)
  }

  #podOf(service: string): unknown {
    return at(this.#named('Deployment', service), 'spec', 'template')
  }

  #selectedBy(selector: unknown): string[] {
    return this.#pods
      .filter(({ pod }) => covers(at(pod, 'metadata', 'labels'), selector))
      .map(({ object }) => object.metadata.name)
  }
}

function covers(labels: unknown, selector: unknown): boolean {
  const wanted = Object.entries((selector ?? {}) as Record<string, string>)
  return wanted.every(([name, value]) => at(labels, name) === value)
}

function differs(what: string, found: unknown, wanted: unknown): string[] {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)]
  return a === b ? [] : [`${what}: ${a}, expected ${b}`]
}

function unless(holds: boolean, fault: string): string[] {
  return holds ? [] : [fault]
}
