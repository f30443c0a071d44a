import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

export interface HttpAnswer {
  readonly status: number
  readonly body: string
  /** Milliseconds of the header `Retry-After`, when it has a number of seconds. */
  readonly retryAfterMs?: number
}

export interface HttpGetOptions {
  readonly headers: Readonly<Record<string, string>>
  /** Ends the request: the deadline of the call, or the caller has left. */
  readonly signal: AbortSignal
  readonly maxBytes: number
}

/**
 * Reads an address. Follows no redirects, which could lead a key to another host. Rejects when there is no answer, when the signal is
 * aborted, and when the body is longer than `maxBytes`.
 */
export function httpGet(url: URL, options: HttpGetOptions): Promise<HttpAnswer> {
  const { headers, signal, maxBytes } = options
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const request = send(url, {
      headers: { accept: 'application/json', 'accept-encoding': 'identity', ...headers },
      signal,
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        chunks.push(chunk)
        if (bytes > maxBytes)
          request.destroy(new Error(`the answer has more than ${maxBytes} bytes`))
      })
      response.on('close', () => {
        if (!response.complete) reject(new Error('the connection was closed within the answer'))
      })
      response.on('end', () => {
        const seconds = Number(response.headers['retry-after'] ?? Number.NaN)
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString('utf8'),
          ...(seconds >= 0 && { retryAfterMs: Math.min(seconds, 86_400) * 1000 }),
        })
      })
    })
    request.end()
  })
}
