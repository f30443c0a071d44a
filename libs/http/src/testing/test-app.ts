import { onTestFinished } from 'vitest'
import { closeHttpApp, createHttpApp } from '../index.ts'
import type { HttpApp, HttpAppOptions } from '../index.ts'
import { silentLogger } from './silent-logger.ts'

/** An app with `POST /echo` and a route that fails, closed at the end of the test. */
export function testApp(options: Partial<HttpAppOptions> = {}): HttpApp {
  const app = createHttpApp({
    logger: silentLogger,
    health: {
      ready: () => true,
      report: () => ({ steps: [] }),
      metrics: () => Promise.resolve('up 1\n'),
    },
    ...options,
  })
  app.post('/echo', (request) => request.body)
  app.get('/fails', () => {
    throw new TypeError('/root/secret.txt is missing: select * from api_keys')
  })
  onTestFinished(() => closeHttpApp(app, 200))
  return app
}

export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
