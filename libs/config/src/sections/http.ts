import { DEFAULT_LIMITS } from '@alkdev/contracts'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { bytes, count, ms, section, text } from '../field.ts'

const port = (defaultPort: number): ReturnType<typeof count> =>
  count(defaultPort, '0 selects any free port.', 0, 65_535)

export const HttpConfig = section('The address of the process and its HTTP limits.', {
  host: text('Address to listen on; `0.0.0.0` for all.', '127.0.0.1'),
  ports: section('Port of each service; a process uses its own.', {
    gateway: port(3000),
    'spoke-broker': port(3001),
    'inference-proxy': port(3002),
    mcp: port(3003),
    coordinator: port(3004),
  }),
  advertisedUrl: Type.Optional(
    text(
      'Base URL at which the other services reach this one. `{address}` stands for the address of the machine, `{port}` for the port. Default: `http://` with the host (the machine name when listening on all addresses) and the port.',
    ),
  ),
  publicUrl: Type.Optional(
    text('Base URL at which clients reach the gateway; the server that `/openapi.json` names.'),
  ),
  sdkFolder: Type.Optional(
    text(
      'Folder with the libraries that the gateway serves below `/sdk/`, as `alkhub pack` writes them. Absent: `sdk` beside the services, as in the container image.',
    ),
  ),
  consoleFolder: Type.Optional(
    text(
      'Folder with the built console that the gateway serves below `/console`. Absent: `console` beside the services, as in the container image.',
    ),
  ),
  maxBodyBytes: bytes(DEFAULT_LIMITS.maxPayloadBytes, 'Largest request body on `/api`.'),
  maxInferenceBodyBytes: bytes(
    DEFAULT_LIMITS.maxInferenceBodyBytes,
    'Largest request body on `/v1`.',
  ),
  maxHeldBodyBytes: bytes(
    256 * 1024 * 1024,
    'Largest total size of the request bodies in memory of one process, each until its answer has ended; further requests get 503.',
  ),
  headersTimeoutMs: ms(10_000, 'Time for a client to send its request headers.'),
  bodyTimeoutMs: ms(60_000, 'Time for a client to send its whole request.'),
  bodyIdleTimeoutMs: ms(15_000, 'Longest pause between two bytes of a request body.'),
  keepAliveTimeoutMs: ms(65_000, 'Time after which an idle connection is closed.'),
  drainBudgetMs: ms(30_000, 'Time for work in flight to end after SIGTERM.'),
  cors: section('Web pages that may call.', {
    origins: Type.Array(text('`https://example.org`, or `*` for any page.'), {
      default: [],
      maxItems: 100,
      description: 'Origins that may read answers; none by default.',
    }),
    maxAgeSeconds: count(600, 'How long a browser may cache the answer.', 0, 86_400),
  }),
  trustedProxies: Type.Array(
    text('An address, a network such as `10.0.0.0/8`, or `uniquelocal` for all private ones.'),
    {
      default: [],
      maxItems: 100,
      description: 'Proxies whose `x-forwarded-*` headers are trusted.',
    },
  ),
})
export type HttpConfig = Static<typeof HttpConfig>
