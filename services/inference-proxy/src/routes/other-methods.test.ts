import { closeHttpApp, createHttpApp } from '@alkdev/http'
import type { HttpAppOptions } from '@alkdev/http'
import { expect, onTestFinished, test } from 'vitest'
import { addOtherMethods } from './other-methods.ts'

const ignore = (): void => undefined
const logger = {
  level: 'silent',
  fatal: ignore,
  error: ignore,
  warn: ignore,
  info: ignore,
  debug: ignore,
  trace: ignore,
  silent: ignore,
  child: () => logger,
} as unknown as HttpAppOptions['logger']

test.each([
  ['GET', '/v1/chat/completions', 'POST'],
  ['DELETE', '/v1/chat/completions', 'POST'],
  ['POST', '/v1/models', 'GET, HEAD'],
  ['PUT', '/v1/models/some/model', 'GET, HEAD'],
] as const)(
  '%s %s is refused with 405 and the methods of the address',
  async (method, url, allow) => {
    const app = createHttpApp({
      logger,
      health: { ready: () => true, report: () => ({}) },
    })
    onTestFinished(() => closeHttpApp(app, 200))
    app.register(
      (scope, _options, done) => {
        scope.get('/models', () => ({}))
        scope.get('/models/*', () => ({}))
        scope.post('/chat/completions', () => ({}))
        addOtherMethods(scope)
        done()
      },
      { prefix: '/v1' },
    )
    const answer = await app.inject({ method, url, payload: '{broken' })
    expect(answer.statusCode).toBe(405)
    expect(answer.headers['allow']).toBe(allow)
    expect(answer.json()).toMatchObject({
      error: { type: 'invalid_request_error', message: expect.stringContaining(method) },
    })
  },
)
