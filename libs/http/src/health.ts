import fastifyPlugin from 'fastify-plugin'

/** What `/readyz` and `/health` tell. */
export interface HealthPort {
  /** True while all dependencies are there and the process takes work. */
  ready(): boolean
  /** What is missing, as a sentence free of secrets, addresses and paths. */
  reason?(): string | undefined
  /** Names the deployment, so that a hub recognises an address of its own. */
  readonly deploymentId?: string
  /** JSON for people and monitors: steps with their times. Free of secrets, addresses and paths. */
  report(): Readonly<Record<string, unknown>>
  /** Prometheus text, version 0.0.4. Absent: there is no `/metrics`. */
  metrics?(): Promise<string>
}

/** Answered at any time, also before the start is done. */
export const HEALTH_ROUTES: ReadonlySet<string> = new Set([
  '/livez',
  '/readyz',
  '/health',
  '/metrics',
])

/**
 * `/livez` (the event loop turns, and which deployment this is), `/readyz` (200 or 503), `/health` (steps and times), `/metrics`. They ask for no key: an
 * orchestrator has none, and they tell nothing that needs one.
 */
export const healthPlugin = fastifyPlugin<{ readonly health: HealthPort }>(
  (app, { health }, done) => {
    const { deploymentId } = health
    const alive = { status: 'ok', ...(deploymentId !== undefined && { deploymentId }) }
    app.get('/livez', { logLevel: 'silent' }, () => alive)
    app.get('/readyz', { logLevel: 'silent' }, (_request, reply) => {
      const ready = health.ready()
      const reason = health.reason?.()
      return reply.code(ready ? 200 : 503).send({
        status: ready ? 'ready' : 'not-ready',
        ...(!ready && reason !== undefined && { reason }),
      })
    })
    app.get('/health', (_request, reply) =>
      reply.code(health.ready() ? 200 : 503).send(health.report()),
    )
    if (health.metrics !== undefined)
      app.get('/metrics', async (_request, reply) => {
        const text = await health.metrics?.()
        return reply.type('text/plain; version=0.0.4; charset=utf-8').send(text)
      })
    done()
  },
  { name: 'alkdev-health' },
)
