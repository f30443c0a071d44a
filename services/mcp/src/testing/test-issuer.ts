import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { OAuth2Server } from 'oauth2-mock-server'

export interface TestIssuer extends AsyncDisposable {
  readonly url: string
  readonly server: OAuth2Server
  /** Address of its keys that counts how often they were read. */
  readonly jwksUrl: string
  readonly reads: () => number
  /** A signed token; members that are undefined are left out. */
  token(
    claims?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
  ): Promise<string>
}

/** An authorization server of npm at the loopback address, whose tokens are for `audience` unless they say otherwise. */
export async function startTestIssuer(audience = 'nothing'): Promise<TestIssuer> {
  const server = new OAuth2Server()
  await server.issuer.keys.generate('RS256', { kid: 'first' })
  await server.start(0, '127.0.0.1')
  const url = server.issuer.url ?? ''
  let reads = 0
  const counting = createServer((_request, response) => {
    reads += 1
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ keys: server.issuer.keys.toJSON() }))
  })
  counting.listen(0, '127.0.0.1')
  await once(counting, 'listening')
  const { port } = counting.address() as AddressInfo
  return {
    url,
    server,
    jwksUrl: `http://127.0.0.1:${port}/keys`,
    reads: () => reads,
    token: (claims = {}, header = {}) =>
      server.issuer.buildToken({
        kid: 'first',
        scopesOrTransform: (ownHeader, payload) => {
          Object.assign(payload, { aud: audience, sub: 'ada', scope: '*' }, claims)
          for (const [name, value] of Object.entries(claims))
            if (value === undefined) Reflect.deleteProperty(payload, name)
          Object.assign(ownHeader, header)
        },
      }),
    async [Symbol.asyncDispose]() {
      counting.closeAllConnections()
      counting.close()
      await server.stop()
    },
  }
}
