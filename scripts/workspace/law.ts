/**
 * The import law. A package may import packages of strictly lower layers, and inside its layer only those written before it.
 * Services never import each other. An app (a folder of `apps/`) imports the libraries for browsers and nothing else, and nothing imports
 * an app. `testing` and `test`, `bench` may import everything and are imported by tests only.
 */
export const layers: readonly (readonly string[])[] = [
  ['errors', 'std'],
  ['pubsub', 'operations', 'contracts', 'graph', 'taskgraph', 'ujsx', 'flowgraph'],
  [
    'crypto',
    'config',
    'keypal',
    'storage',
    'redis',
    'bus',
    'queue',
    'http',
    'outbound',
    'service',
    'spoke',
    'client',
  ],
  ['gateway', 'spoke-broker', 'coordinator', 'inference-proxy', 'mcp'],
  ['dev-spoke', 'scripted-model', 'sdk', 'cli'],
  ['console'],
  ['testing', 'test', 'bench'],
]

export const services: ReadonlySet<string> = new Set(layers[3])
/** Programs that run in a browser and talk to the hub over HTTP alone: they import shapes and codes, and no server code. */
const apps: ReadonlySet<string> = new Set(layers[5])
const importedByApps: ReadonlySet<string> = new Set(['errors', 'std', 'contracts'])
/** For tests alone; imported from test files only. */
const testRooms = new Set(['testing', 'test'])

/** Third-party packages that only the named rooms may import. A trailing slash stands for a whole scope. */
export const reserved: Readonly<Record<string, readonly string[]>> = {
  ai: ['inference-proxy', 'coordinator'],
  '@modelcontextprotocol/': ['mcp', 'operations', 'test', 'bench', 'cli'],
  bullmq: ['queue', 'bench'],
  ioredis: ['redis'],
  'drizzle-orm': ['storage'],
  '@alkdev/drizzlebox': ['storage'],
  'drizzle-kit': ['storage'],
  esbuild: ['sdk'],
  // Everything else records spans by `Tracer` of contracts.
  '@opentelemetry/': ['service'],
}

/** Why `from` may not import `to`, or undefined when it may. Names without scope. */
export function forbidden(from: string, to: string, inTest: boolean): string | undefined {
  if (from === to) return undefined
  const place = (room: string): readonly [number, number] => {
    const layer = layers.findIndex((rooms) => rooms.includes(room))
    return [layer, layers[layer]?.indexOf(room) ?? -1]
  }
  const [fromLayer, fromIndex] = place(from)
  const [toLayer, toIndex] = place(to)
  if (fromLayer < 0) return `${from} has no place in scripts/workspace/law.ts`
  if (toLayer < 0) return `${to} has no place in scripts/workspace/law.ts`
  if (testRooms.has(to)) return inTest || testRooms.has(from) ? undefined : `${to} is for tests`
  if (apps.has(to)) return 'nothing imports an app'
  if (apps.has(from))
    return importedByApps.has(to)
      ? undefined
      : `an app imports ${[...importedByApps].join(', ')} and reaches the hub over HTTP`
  if (services.has(from) && services.has(to)) return 'a service never imports another'
  if (toLayer < fromLayer || inTest) return undefined
  if (toLayer === fromLayer && toIndex < fromIndex) return undefined
  return `${to} is not below ${from}`
}

/** Why `room` may not import the third-party package, or undefined when it may. */
export function reservedElsewhere(room: string, name: string, inTest: boolean): string | undefined {
  const rule = Object.entries(reserved).find(([key]) =>
    key.endsWith('/') ? name.startsWith(key) : name === key,
  )
  if (!rule || inTest || rule[1].includes(room)) return undefined
  return `${name} is imported only by ${rule[1].join(', ')}`
}
