import type { RegistrySource } from '@alkdev/bus'
import type { OperationSpec } from '@alkdev/operations'

type Snapshot = Awaited<ReturnType<RegistrySource['loadAll']>>
type Spoke = Snapshot['spokes'][number]

/** Organizations that share the spokes evenly. */
export const ORGANIZATIONS = 10
/** Spokes of one account. */
export const SPOKES_OF_ACCOUNT = 100

const VERBS = ['read', 'write', 'list', 'edit', 'search', 'delete', 'move', 'copy', 'watch', 'stat']
const NOUNS = ['file', 'folder']

/** The JSON of the specs that every spoke offers: equal names and texts, as those of one program on many machines are. */
function specTexts(operations: number): string[] {
  return Array.from({ length: operations }, (_, at) => {
    const verb = VERBS[at % VERBS.length] ?? ''
    const noun = NOUNS[Math.floor(at / VERBS.length) % NOUNS.length] ?? ''
    const more = Math.floor(at / (VERBS.length * NOUNS.length))
    const spec: OperationSpec = {
      namespace: noun,
      name: more === 0 ? verb : `${verb}${more}`,
      version: '1.0.0',
      type: verb === 'watch' ? 'subscription' : 'query',
      title: `${verb} a ${noun}`,
      description: `Performs ${verb} on one ${noun} of the machine, inside of the folder that was given to the spoke, and returns what was found.`,
      tags: [noun, verb],
      inputSchema: {
        type: 'object',
        properties: {
          path: { type: 'string', description: `Path of the ${noun}, relative to the folder.` },
          encoding: { type: 'string', enum: ['utf8', 'base64'] },
          limitBytes: { type: 'integer', minimum: 1, maximum: 1_048_576 },
        },
        required: ['path'],
        additionalProperties: false,
      },
      outputSchema: {
        type: 'object',
        properties: { content: { type: 'string' }, bytes: { type: 'integer' } },
        required: ['content'],
      },
      accessControl: { requiredScopes: [`${noun}:${verb === 'write' ? 'write' : 'read'}`] },
    }
    return JSON.stringify(spec)
  })
}

/** A registry of equal spokes that is computed, not stored: each reading makes objects of its own, as reading PostgreSQL does. */
export class SimulatedRegistry implements RegistrySource {
  readonly #spokes: number
  readonly #texts: readonly string[]
  /** Changes so far: the spoke and its status from then on. */
  readonly #changes: { readonly at: number; readonly status: Spoke['status'] }[] = []
  instanceId = ''

  constructor(spokes: number, operations: number) {
    this.#spokes = spokes
    this.#texts = specTexts(operations)
  }

  get change(): number {
    return this.#changes.length
  }

  /** Commits a new status of a spoke; returns the number of the change. */
  commit(at: number, status: Spoke['status']): number {
    return this.#changes.push({ at, status })
  }

  loadAll(): Promise<Snapshot> {
    const spokes = Array.from({ length: this.#spokes }, (_, at) => this.#spoke(at, 'connected'))
    return Promise.resolve({ change: this.change, spokes })
  }

  loadSince(since: number): Promise<Snapshot & { readonly removedSpokeIds: readonly string[] }> {
    const spokes = this.#changes.slice(since).map(({ at, status }) => this.#spoke(at, status))
    return Promise.resolve({ change: this.change, spokes, removedSpokeIds: [] })
  }

  #spoke(at: number, status: Spoke['status']): Spoke {
    const name = `machine-${at}`
    return {
      spokeId: `0197f0aa-0000-7000-8000-${String(at).padStart(12, '0')}`,
      name,
      spokeType: 'dev-env',
      ownerId: `account-${Math.floor(at / SPOKES_OF_ACCOUNT)}`,
      orgId: `organization-${at % ORGANIZATIONS}`,
      status,
      instanceId: this.instanceId,
      epoch: 1,
      operations: this.#texts.map((text) => {
        const spec = JSON.parse(text) as OperationSpec
        const own = `${spec.namespace}.${spec.name}`
        return {
          operationId: `dev.${name}.${own}`,
          name: own,
          spec,
          status: 'active',
          offeredAtMs: 1_700_000_000_000 + at,
        }
      }),
    }
  }
}
