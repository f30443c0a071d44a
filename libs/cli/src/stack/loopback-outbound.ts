/** Ports of URLs that name none. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'postgres:': 5432,
  'postgresql:': 5432,
  'redis:': 6379,
  'rediss:': 6379,
}

/** The port of a `postgres://` or `redis://` URL. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url)
  return port === '' ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port)
}

/**
 * The `outbound` section of a local stack: model servers on this machine may be reached, but not the stack's own services and
 * servers at `ports`.
 */
export function loopbackOutbound(ports: readonly number[]): {
  readonly allow: readonly string[]
  readonly denyPorts: readonly number[]
} {
  return {
    allow: ['127.0.0.0/8', '::1'],
    denyPorts: [...new Set(ports)].filter((port) => port > 0).toSorted((a, b) => a - b),
  }
}
