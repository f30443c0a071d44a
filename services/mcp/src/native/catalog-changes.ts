import type { CallError } from '@alkdev/operations'
import type { StreamLimit } from '@alkdev/service'
import { followAborts, sleep, uuidv7 } from '@alkdev/std'
import { eventLoopYielder } from '@alkdev/std/yield-to-event-loop'
import type { ServerEvent } from '@modelcontextprotocol/server'
import type { Caller } from '../protocol/caller.ts'
import { CallerChanges } from '../protocol/caller-changes.ts'
import type { Listening } from '../protocol/caller-changes.ts'
import { callOperation } from '../tools/call-operation.ts'
import type { McpHub } from '../tools/call-operation.ts'
import type { Catalog, Catalogs } from './catalog.ts'
import { findResource } from './resources.ts'

/** Milliseconds between two readings of the registry, and between two reports of one resource. */
const LOOK_MS = 200
/** Between two readings that take long, at most, and how much longer than a reading the pause is. */
const MAX_LOOK_MS = 10_000
const PAUSE_FACTOR = 9
/** Milliseconds after which a subscription that watches a resource is opened again. */
const WATCH_MS = 600_000
const RETRY_MS = 5000

/**
 * Reports to each client what changes for it: the lists of the native catalog that it sees, and the resources that it watches. Nothing
 * runs while no client listens.
 */
export class CatalogChanges extends CallerChanges {
  readonly #hub: McpHub
  readonly #catalogs: Catalogs
  readonly #streams: Pick<StreamLimit, 'enter'>
  readonly #looks = new Set<() => void>()
  #timer: NodeJS.Timeout | undefined
  #isLooking = false

  /** `streams`: each resource that is watched is one of the streams that its key may have open. */
  constructor(hub: McpHub, catalogs: Catalogs, streams: Pick<StreamLimit, 'enter'>) {
    super()
    this.#hub = hub
    this.#streams = streams
    this.#catalogs = catalogs
  }

  /** Reports until the returned function is called. */
  override listen({ caller, uris, onEvent }: Listening): () => void {
    const { identity } = caller.authenticated
    const watched = new Map<string, AbortController>()
    let known = this.#catalogs.for(identity)
    const look = (): void => {
      const now = this.#catalogs.for(identity)
      for (const event of now === known ? [] : changesBetween(known, now)) onEvent(event)
      known = now
      const wanted = uris()
      for (const [uri, watch] of watched)
        if (!wanted.has(uri)) {
          watch.abort()
          watched.delete(uri)
        }
      for (const uri of wanted) {
        if (watched.has(uri)) continue
        const ending = new AbortController()
        watched.set(uri, ending)
        void this.#watch(uri, caller, ending.signal, onEvent)
      }
    }
    look()
    this.#looks.add(look)
    if (this.#timer === undefined) this.#lookIn(LOOK_MS)
    return () => {
      this.#looks.delete(look)
      for (const watch of watched.values()) watch.abort()
      if (this.#looks.size > 0 || this.#isLooking) return
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
  }

  /** A registry that changes all the time and has many operations takes a tenth of the process at most: then clients learn of changes later. */
  #lookIn(ms: number): void {
    this.#timer = setTimeout(() => void this.#lookAll(), ms)
  }

  async #lookAll(): Promise<void> {
    this.#isLooking = true
    const rest = eventLoopYielder()
    let took = 0
    for (const look of [...this.#looks]) {
      const begun = performance.now()
      try {
        if (this.#looks.has(look)) look()
      } catch (error) {
        // One client, or an operation that cannot be shown, must not end the process.
        this.#hub.logger.warn({ err: error }, 'changes of the catalog could not be reported')
      }
      took += performance.now() - begun
      // oxlint-disable-next-line no-await-in-loop -- other work of the process goes on between two clients
      await rest()
    }
    this.#isLooking = false
    if (this.#looks.size === 0) this.#timer = undefined
    else this.#lookIn(Math.min(Math.max(LOOK_MS, took * PAUSE_FACTOR), MAX_LOOK_MS))
  }

  /** Reads the changes of one resource until the signal aborts. A subscription that ends or fails is opened again. */
  async #watch(
    uri: string,
    caller: Caller,
    ending: AbortSignal,
    onEvent: (event: ServerEvent) => void,
  ): Promise<void> {
    const signal = AbortSignal.any([ending, caller.keyEnded])
    while (!signal.aborted) {
      const report = (): void => onEvent({ kind: 'resource_updated', uri })
      await this.#readOf(uri, caller, signal, report).catch(() => undefined)
      await sleep(RETRY_MS, signal).catch(() => undefined)
    }
  }

  async #readOf(
    uri: string,
    caller: Caller,
    signal: AbortSignal,
    report: () => void,
  ): Promise<void> {
    const found = findResource(this.#catalogs.for(caller.authenticated.identity), uri)
    if (found?.changes === undefined) return
    using _stream = this.#enter(caller)
    const request = { operationId: found.changes, input: found.input, deadlineMs: WATCH_MS }
    await this.#read(request, caller, signal, report)
  }

  /** Throws RATE_LIMITED. */
  #enter({ authenticated: { identity } }: Caller): Disposable {
    const leave = this.#streams.enter(identity)
    return { [Symbol.dispose]: leave }
  }

  async #read(
    request: Parameters<typeof callOperation>[1],
    { authenticated, from, depth }: Caller,
    signal: AbortSignal,
    report: () => void,
  ): Promise<void> {
    const ending = new AbortController()
    const unfollow = followAborts(ending, [signal])
    const call = {
      callId: uuidv7(),
      authenticated,
      from,
      depth,
      signal: ending.signal,
      endCall: (reason: CallError) => ending.abort(reason),
      stream: () => () => undefined,
      hold: () => undefined,
      progress: async () => undefined,
    }
    try {
      await callOperation(this.#hub, request, call, async (opened) => {
        if (opened.kind !== 'stream') return
        for await (const _item of opened.items) {
          report()
          await sleep(LOOK_MS, ending.signal)
        }
      })
    } finally {
      unfollow()
    }
  }
}

function changesBetween(before: Catalog, now: Catalog): ServerEvent[] {
  const differs = (shownIn: (catalog: Catalog) => readonly unknown[]): boolean =>
    !areSame(shownIn(before), shownIn(now))
  const events: ServerEvent[] = []
  if (differs(({ tools }) => Array.from(tools.values(), ({ tool }) => tool)))
    events.push({ kind: 'tools_list_changed' })
  if (differs(({ prompts }) => Array.from(prompts.values(), ({ prompt }) => prompt)))
    events.push({ kind: 'prompts_list_changed' })
  if (
    differs(({ resources, templates }) => [
      ...Array.from(resources.values(), ({ resource }) => resource),
      ...Array.from(templates.values(), ({ template }) => template),
    ])
  )
    events.push({ kind: 'resources_list_changed' })
  return events
}

/** What has not changed is the same object, as a rule: only the others are compared by their content. */
function areSame(before: readonly unknown[], now: readonly unknown[]): boolean {
  return (
    before.length === now.length &&
    before.every((one, at) => one === now[at] || JSON.stringify(one) === JSON.stringify(now[at]))
  )
}
