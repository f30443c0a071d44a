import type { ServerEvent } from '@modelcontextprotocol/server'

/** The notification that reports a change. */
export const CHANGE_METHODS = {
  tools_list_changed: 'notifications/tools/list_changed',
  prompts_list_changed: 'notifications/prompts/list_changed',
  resources_list_changed: 'notifications/resources/list_changed',
  resource_updated: 'notifications/resources/updated',
} as const

interface Reported {
  readonly method: string
  readonly params?: { readonly uri?: string }
}

/**
 * The reports that the client of one stream of changes has not read yet: at most one of each change, because a report that waits says the same as a later one.
 * So a client that does not read holds a few hundred short messages at most, however much changes.
 */
export class UnreadReports {
  readonly #waiting = new Set<string>()

  /** True for a change that no report says that waits: it is to be reported. */
  add(event: ServerEvent): boolean {
    const uri = event.kind === 'resource_updated' ? event.uri : ''
    return this.#waiting.size < this.#waiting.add(`${CHANGE_METHODS[event.kind]} ${uri}`).size
  }

  /** The report has been read. */
  remove({ method, params }: Reported): void {
    this.#waiting.delete(`${method} ${params?.uri ?? ''}`)
  }
}
