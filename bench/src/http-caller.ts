import { Agent, request } from 'node:http'

/** Posts one body to one URL, on connections that stay open. Rejects when the answer is not 200. */
export function httpCaller(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): { call(): Promise<unknown>; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const text = JSON.stringify(body)
  const all = {
    ...headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
  }
  return {
    call: () =>
      new Promise((resolve, reject) => {
        const sent = request(url, { method: 'POST', agent, headers: all }, (response) => {
          let answer = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => (answer += chunk))
          response.on('end', () => {
            if (response.statusCode === 200) resolve(JSON.parse(answer))
            else reject(new Error(answer))
          })
        })
        sent.on('error', reject)
        sent.end(text)
      }),
    close: () => agent.destroy(),
  }
}
