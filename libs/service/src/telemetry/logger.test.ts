import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'

function logged(
  write: (logger: ReturnType<typeof createLogger>) => void,
  format: 'json' | 'pretty',
): string {
  let text = ''
  const destination = { write: (line: string) => void (text += line) }
  write(createLogger({ name: 'gateway', level: 'info', format, destination }))
  return text
}

test('no line of the log shows a key, a token or the password of a URL', () => {
  const secrets = [
    'alk_Zx81kDmPq02LmNa',
    'hunter2',
    'sk-abcdef0123456789',
    'eyJhbGciOiJIUzI1NiJ9.abc',
  ]
  for (const format of ['json', 'pretty'] as const) {
    const text = logged((logger) => {
      logger.info(
        { password: 'hunter2', nested: { token: secrets[3], secret: 'hunter2' } },
        'fields',
      )
      logger.info(
        { headers: { authorization: `Bearer ${secrets[0]}`, 'x-api-key': secrets[0] } },
        'headers',
      )
      logger.error(
        { err: new Error(`connect postgres://hub:hunter2@db/alkhub with ${secrets[0]}`) },
        'failed',
      )
      logger.info(`asked with authorization: Bearer ${secrets[3]} and ${secrets[2]}`)
      logger.info(`redis://:hunter2@127.0.0.1:6379 refused`)
    }, format)
    expect(text.split('\n').length).toBeGreaterThan(5)
    for (const secret of secrets) expect(text).not.toContain(secret)
  }
})

test('the type of an error is the name of its class, also from a bundle', () => {
  // What a bundler makes of a class that mentions itself.
  const FullError = class _FullError extends Error {
    static is = (error: unknown): boolean => error instanceof _FullError
  }
  const text = logged((logger) => {
    logger.warn({ err: new FullError('full', { cause: new FullError('disk') }) }, 'one')
  }, 'json')
  expect(JSON.parse(text)).toMatchObject({ err: { type: 'FullError' } })
  expect(text).not.toContain('_FullError')
  expect(
    logged((logger) => logger.warn({ err: new FullError('full') }, 'one'), 'pretty'),
  ).not.toContain('_FullError')
})

test('an error of Redis names the command that failed, without its arguments', () => {
  const refused = (): Error =>
    Object.assign(new Error('WRONGPASS invalid username-password pair'), {
      command: { name: 'auth', args: ['alkhub', 'hunter2-of-redis'] },
    })
  const all = Object.assign(new AggregateError([refused()], 'no node answers'), {
    lastNodeError: refused(),
    cause: refused(),
  })
  const text = logged((logger) => {
    logger.warn({ err: refused() }, 'one')
    logger.warn({ err: all }, 'several')
    logger.child({ of: 'bus' }).warn(refused())
    logger.warn({ err: 'no error' }, 'a text')
  }, 'json')
  expect(text).not.toContain('hunter2-of-redis')
  const [first] = text.split('\n').map((line) => JSON.parse(line || '{}') as { err: object })
  expect(first?.err).toMatchObject({ type: 'Error', command: 'auth' })
})

test('a pretty-printed line begins with time, level, service and message', () => {
  const line = logged(
    (logger) => logger.info({ step: 'redis', durationMs: 3 }, 'started'),
    'pretty',
  )
  expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}gateway started step=redis durationMs=3\n$/)
})
