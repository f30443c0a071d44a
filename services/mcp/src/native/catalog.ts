import type { Bus, DirectoryEntry } from '@alkdev/bus'
import type { Identity, OperationSpec } from '@alkdev/operations'
import { renderTool } from '@alkdev/operations/to-mcp'
import type { RenderedTool } from '@alkdev/operations/to-mcp'
import type { Prompt, Resource, ResourceTemplateType } from '@modelcontextprotocol/server'
import { namePattern } from '../outside/name-pattern.ts'
import { visibleTexts } from '../protocol/visible-text.ts'
import { shownInput, shownOutput } from './client-schema.ts'
import { offerOf } from './native-offer.ts'
import type { NativeOffer } from './native-offer.ts'
import { promptOf } from './prompts.ts'
import { isOfSameAuthor } from './same-author.ts'
import { shownOnce } from './shown-once.ts'
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
    const entries: DirectoryEntry[] = []
    for (let cursor: string | undefined; ;) {
      const { items, nextCursor } = this.#bus.directory.list(identity, {
        limit: PAGE,
        withoutTwins: true,
        ...(cursor !== undefined && { cursor }),
      })
      for (const entry of items) if (this.#isChosen(entry.operationId)) entries.push(entry)
      if (nextCursor === undefined) break
      cursor = nextCursor
    }
    const ids = new Set(entries.map(({ operationId }) => operationId))
    const changesOf = (entry: DirectoryEntry, changes: string | undefined): string | undefined => {
      const found = changes === undefined ? undefined : this.#bus.directory.get(changes, identity)
      return found !== undefined && reports(found, entry) ? changes : undefined
    }
    for (const entry of entries) addTo(catalog, entry, ids, changesOf)
    return finished(catalog)
  }
}

type Growing = {
  readonly [Kind in Exclude<keyof Catalog, 'completions'>]: Map<string, ValueOf<Catalog[Kind]>>
} & {
  /** In the order of operation ids. */
  readonly completers: { readonly completes: string; readonly entry: DirectoryEntry }[]
}
type ValueOf<M> = M extends ReadonlyMap<string, infer Value> ? Value : never

function emptyCatalog(): Growing {
  return {
    tools: new Map(),
    prompts: new Map(),
    resources: new Map(),
    templates: new Map(),
    completers: [],
  }
}

/** `ids`: those of all chosen operations. None of them is a name for another operation, which would take its calls. */
function addTo(
  catalog: Growing,
  entry: DirectoryEntry,
  ids: ReadonlySet<string>,
  changesOf: (entry: DirectoryEntry, changes: string | undefined) => string | undefined,
): void {
  const { operationId } = entry
  const spec = shownOnce(entry.spec, 'texts', () => visibleTexts(entry.spec))
  const nameIn = (known: ReadonlyMap<string, unknown>, name: string | undefined): string =>
    name === undefined || known.has(name) || ids.has(name) ? operationId : name
  const offer = offerOf(spec)
  // Hosts read prompts, resources and completions without a question, so only a query can be one.
  const {
    tool,
    prompt,
    resource,
    template,
    completes,
    mimeType,
    changes: named,
  } = spec.type === 'query' ? offer : pick(offer)
  const changes = changesOf(entry, named)
  const described = {
    description: spec.description,
    ...(spec.title !== undefined && { title: spec.title }),
    ...(mimeType !== undefined && { mimeType }),
  }
  if (prompt !== undefined) {
    const named = nameIn(catalog.prompts, prompt)
    const shown = shownOnce(spec, `prompt ${named}`, () => promptOf(named, spec))
    add(catalog.prompts, named, { prompt: shown, entry })
  }
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
  if (completes !== undefined) catalog.completers.push({ completes, entry })
  if (tool !== undefined || isOnlyTool({ prompt, resource, template, completes })) {
    const named = nameIn(catalog.tools, tool)
    add(catalog.tools, named, {
      ...shownOnce(spec, `tool ${named}`, () => renderedTool(spec, named)),
      entry,
    })
  }
}

/** A subscription of the author of a resource, which runs without a question. */
function reports(changes: DirectoryEntry, resource: DirectoryEntry): boolean {
  const { type, hints } = changes.spec
  if (type !== 'subscription' || hints?.consent === true || hints?.destructive === true)
    return false
  return isOfSameAuthor(resource, changes)
}

/** A schema that any value fits tells a client nothing, and would ask for structured content. */
function renderedTool(spec: OperationSpec, name: string): RenderedTool {
  const { tool, wrapsInput, wrapsOutput } = renderTool(spec, name)
  const { outputSchema: given, ...others } = tool
  const outputSchema =
    given === undefined || isUnrestricted(spec.outputSchema) ? undefined : shownOutput(given)
  return {
    tool: {
      ...others,
      inputSchema: shownInput(tool.inputSchema),
      ...(outputSchema !== undefined && { outputSchema }),
    },
    wrapsInput,
    wrapsOutput: outputSchema !== undefined && wrapsOutput,
  }
}

function pick({ tool }: NativeOffer): NativeOffer {
  return tool === undefined ? {} : { tool }
}

/** The first operation of a name, in the order of operation ids, has it. Of tools and prompts, the others have their operation ids. */
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
  const completions = new Map<string, DirectoryEntry>()
  for (const { completes, entry } of catalog.completers) {
    const completed = catalog.prompts.get(completes) ?? catalog.templates.get(completes)
    if (completed !== undefined && isOfSameAuthor(completed.entry, entry))
      add(completions, completes, entry)
  }
  const inOrder = <Value>(known: Map<string, Value>): Map<string, Value> =>
    new Map([...known].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return {
    tools: inOrder(catalog.tools),
    prompts: inOrder(catalog.prompts),
    resources: inOrder(catalog.resources),
    templates: inOrder(catalog.templates),
    completions,
  }
}
