import type { FastifyBaseLogger } from 'fastify'

/** A logger that gives each line, of whatever level, as JSON. */
export function createLineLogger(onLine: (line: string) => void): FastifyBaseLogger {
  const write = (fields: unknown, message?: unknown): void =>
    onLine(JSON.stringify({ message, fields }))
  const logger = {
    level: 'info',
    fatal: write,
    error: write,
    warn: write,
    info: write,
    debug: write,
    trace: write,
    silent: () => undefined,
    child: () => logger,
  }
  return logger
}
