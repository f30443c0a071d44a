import type { Bus, DirectoryEntry } from '@alkdev/bus'
import type { Identity } from '@alkdev/operations'
import { renderTool } from '@alkdev/operations/to-mcp'
import type { RenderedTool } from '@alkdev/operations/to-mcp'
import type { Prompt, Resource, ResourceTemplateType } from '@modelcontextprotocol/server'
import { namePattern } from '../outside/name-pattern.ts'
import { offerOf } from './native-offer.ts'
import type { NativeOffer } from './native-offer.ts'
import { promptOf } from './prompts.ts'
import { UriPattern } from './uri-pattern.ts'

const PAGE = 200

export interface NativeTool extends RenderedTool {
  readonly entry: DirectoryEntry
}

export interface NativePrompt {
  readonly prompt: Prompt
  readonly entry: DirectoryEntry
}

export interface NativeResource {
  readonly resource: Resource
  readonly entry: DirectoryEntry
  readonly changes: string | undefined
}

export interface NativeTemplate {
  readonly template: ResourceTemplateType
  readonly uris: UriPattern
  readonly entry: DirectoryEntry
  readonly changes: string | undefined
}

/** What one identity sees, each by its name in the protocol, in the order of names. */
export interface Catalog {
  readonly tools: ReadonlyMap<string, NativeTool>
  readonly prompts: ReadonlyMap<string, NativePrompt>
  readonly resources: ReadonlyMap<string, NativeResource>
  readonly templates: ReadonlyMap<string, NativeTemplate>
  /** By the prompt or the template. */
  readonly completions: ReadonlyMap<string, DirectoryEntry>
}

/** The operations that an operator chose for the native catalog. */
export class Catalogs {
  readonly #bus: Pick<Bus, 'directory'>
  readonly #isChosen: (operationId: string) => boolean
  readonly #known = new WeakMap<Identity, { readonly change: number; readonly catalog: Catalog }>()

  /** `patterns`: names of operations, in which `*` stands for any text. */
  constructor(bus: Pick<Bus, 'directory'>, patterns: readonly string[]) {
    this.#bus = bus
    const all = patterns.map((pattern) => namePattern(pattern))
    this.#isChosen = (operationId) => all.some((fits) => fits(operationId))
  }

  /** What the identity sees now. */
  for(identity: Identity): Catalog {
    const { change } = this.#bus.directory
    const known = this.#known.get(identity)
    if (known?.change === change) return known.catalog
    const catalog = this.#read(identity)
    this.#known.set(identity, { change, catalog })
    return catalog
  }

  #read(identity: Identity): Catalog {
    const catalog = emptyCatalog()
    for (let cursor: string | undefined; ;) {
      const { items, nextCursor } = this.#bus.directory.list(identity, {
        limit: PAGE,
        withoutTwins: true,
        ...(cursor !== undefined && { cursor }),
      })
      for (const entry of items) if (this.#isChosen(entry.operationId)) addTo(catalog, entry)
      if (nextCursor === undefined) return finished(catalog)
      cursor = nextCursor
    }
  }
}

type Growing = { readonly [Kind in keyof Catalog]: Map<string, ValueOf<Catalog[Kind]>> }
type ValueOf<M> = M extends ReadonlyMap<string, infer Value> ? Value : never

function emptyCatalog(): Growing {
  return {
    tools: new Map(),
    prompts: new Map(),
    resources: new Map(),
    templates: new Map(),
    completions: new Map(),
  }
}

function addTo(catalog: Growing, entry: DirectoryEntry): void {
  const { operationId, spec } = entry
  const offer = offerOf(spec)
  // Hosts read prompts, resources and completions without a question, so only a query can be one.
  const { tool, prompt, resource, template, completes, mimeType, changes } =
    spec.type === 'query' ? offer : pick(offer)
  const described = {
    description: spec.description,
    ...(spec.title !== undefined && { title: spec.title }),
    ...(mimeType !== undefined && { mimeType }),
  }
  if (prompt !== undefined) add(catalog.prompts, prompt, { prompt: promptOf(prompt, spec), entry })
  if (resource !== undefined)
    add(catalog.resources, resource, {
      resource: { ...described, uri: resource, name: spec.name },
      entry,
      changes,
    })
  const uris = template === undefined ? undefined : UriPattern.of(template)
  if (template !== undefined && uris !== undefined)
    add(catalog.templates, template, {
      template: { ...described, uriTemplate: template, name: spec.name },
      uris,
      entry,
      changes,
    })
  if (completes !== undefined) add(catalog.completions, completes, entry)
  if (tool !== undefined || isOnlyTool({ prompt, resource, template, completes })) {
    const named = tool !== undefined && !catalog.tools.has(tool) ? tool : operationId
    const rendered = renderTool(spec, named)
    const { outputSchema: _any, ...shown } = rendered.tool
    add(catalog.tools, named, {
      ...rendered,
      // A schema that any value fits tells a client nothing, and would ask for structured content.
      ...(isUnrestricted(spec.outputSchema) && { tool: shown, wrapsOutput: false }),
      entry,
    })
  }
}

function pick({ tool }: NativeOffer): NativeOffer {
  return tool === undefined ? {} : { tool }
}

/** The first operation of a name, in the order of operation ids, has it. */
function add<Value>(known: Map<string, Value>, name: string, value: Value): void {
  if (!known.has(name)) known.set(name, value)
}

function isOnlyTool(offer: {
  [Member in keyof NativeOffer]?: NativeOffer[Member] | undefined
}): boolean {
  return Object.values(offer).every((member) => member === undefined)
}

function isUnrestricted(schema: unknown): boolean {
  return schema === true || (typeof schema === 'object' && Object.keys(schema ?? {}).length === 0)
}

/** In the order of names, and without the subscriptions that only report changes of a resource. */
function finished(catalog: Growing): Catalog {
  const reporting = new Set(
    [...catalog.resources.values(), ...catalog.templates.values()].map(({ changes }) => changes),
  )
  for (const [name, { entry }] of catalog.tools)
    if (reporting.has(entry.operationId)) catalog.tools.delete(name)
  const inOrder = <Value>(known: Map<string, Value>): Map<string, Value> =>
    new Map([...known].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return {
    tools: inOrder(catalog.tools),
    prompts: inOrder(catalog.prompts),
    resources: inOrder(catalog.resources),
    templates: inOrder(catalog.templates),
    completions: catalog.completions,
  }
}
