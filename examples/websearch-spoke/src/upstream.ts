import { CodedError, readKey } from '@alkdev/spoke'
import { ENGINES, resultsOf } from './engines.ts'
import type { Search, SearchResult } from './engines.ts'
import { httpGet } from './http-get.ts'
import type { HttpAnswer } from './http-get.ts'
import type { UpstreamSettings } from './settings.ts'

const MAX_BYTES = 2 * 1024 * 1024

/** A search service. Rejects with a CodedError: SEARCH_LIMITED or SEARCH_FAILED. */
export type Upstream = (search: Search, signal: AbortSignal) => Promise<SearchResult[]>

/** Makes the function that asks the search service. Reads its key from the file that the settings name. */
export async function openUpstream(settings: UpstreamSettings): Promise<Upstream> {
  const { engine, url, keyFile, timeoutMs } = settings
  const key =
    keyFile === undefined
      ? undefined
      : await readKey({ variable: 'WEBSEARCH_UPSTREAM_KEY', file: keyFile })
  const headers = key === undefined ? {} : ENGINES[engine].headers(key)
  return async (search, signal) => {
    const address = new URL(url)
    for (const [name, value] of Object.entries(ENGINES[engine].query(search)))
      address.searchParams.set(name, value)
    const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    let answer: HttpAnswer
    try {
      answer = await httpGet(address, { headers, signal: limited, maxBytes: MAX_BYTES })
    } catch {
      signal.throwIfAborted()
      // The cause names the address, which callers need not know.
      throw failed(
        limited.aborted
          ? `The search service did not answer within ${timeoutMs} ms.`
          : 'The search service gave no usable answer.',
      )
    }
    return readAnswer(answer, settings, search.count)
  }
}

function readAnswer(answer: HttpAnswer, settings: UpstreamSettings, count: number): SearchResult[] {
  const { status, body, retryAfterMs } = answer
  if (status === 429)
    throw new CodedError('SEARCH_LIMITED', 'The search service allows no more searches now.', {
      details: retryAfterMs === undefined ? {} : { retryAfterMs },
    })
  if (status === 401 || status === 403)
    throw failed('The search service refuses the key of this spoke.', status)
  if (status !== 200) throw failed(`The search service answered with status ${status}.`, status)
  const results = resultsOf(settings.engine, parse(body), count)
  if (results === undefined)
    throw failed(`The answer is not one of ${settings.engine}: check upstream.engine.`, status)
  return results
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function failed(message: string, status?: number): CodedError {
  return new CodedError('SEARCH_FAILED', message, {
    details: status === undefined ? {} : { status },
  })
}
