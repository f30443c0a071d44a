import { open } from 'node:fs/promises'
import { devNull } from 'node:os'
import type { FastifyBaseLogger } from 'fastify'
import type { HttpApp } from './app.ts'

const LOOK_MS = 1000
/** At most one line in this time. */
const LINE_MS = 60_000
const NO_DESCRIPTORS = new Set<unknown>(['EMFILE', 'ENFILE'])

async function isOutOfDescriptors(): Promise<boolean> {
  try {
    const file = await open(devNull)
    await file.close()
    return false
  } catch (error) {
    return NO_DESCRIPTORS.has((error as { code?: unknown }).code)
  }
}

/**
 * Logs when the process has no file descriptors left, once a minute at most, with what to do. The system then closes each new connection
 * without an answer, and Node reports nothing of it: so one descriptor is opened every second while the app listens.
 */
export function watchDescriptors(app: HttpApp, logger: FastifyBaseLogger): void {
  let loggedAt = Number.NEGATIVE_INFINITY
  const onShortage = (): void => {
    const now = performance.now()
    if (now - loggedAt < LINE_MS) return
    loggedAt = now
    logger.error(
      {
        connections: app.httpState.sockets.size,
        fix: 'Raise the limit of open files: `ulimits: nofile` of compose, LimitNOFILE of systemd, `ulimit -n` of a shell.',
      },
      'no file descriptors are left: new connections are closed without an answer',
    )
  }
  const look = async (): Promise<void> => {
    if (await isOutOfDescriptors()) onShortage()
  }
  let timer: NodeJS.Timeout | undefined
  app.server.on('listening', () => {
    timer = setInterval(() => void look(), LOOK_MS).unref()
  })
  app.server.on('close', () => clearInterval(timer))
  // Without a listener, what accept() reports would end the process.
  app.server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.syscall !== 'accept') return
    if (NO_DESCRIPTORS.has(error.code)) onShortage()
    else logger.warn({ err: error }, 'a connection could not be accepted')
  })
}
