import { setTimeout as delay } from 'node:timers/promises'
import { OperatorError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import { createLogger } from '../telemetry/logger.ts'
import { estimateSize } from '../audit/estimate-size.ts'
import { StartSteps } from './start-steps.ts'
import { Teardown } from './teardown.ts'
import { redactSecrets } from '../telemetry/redact-secrets.ts'

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

test('a line for people begins with time, level, service and message', () => {
  const line = logged(
    (logger) => logger.info({ step: 'redis', durationMs: 3 }, 'started'),
    'pretty',
  )
  expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}gateway started step=redis durationMs=3\n$/)
})

test('text without secrets stays as it is', () => {
  const text = 'dev.laptop.fs.read answered http://127.0.0.1:3000/api in 3 ms for 0197-abc'
  expect(redactSecrets(text)).toBe(text)
})

test('a text of a million characters that is nearly the scheme of a URL is searched in linear time', () => {
  // In quadratic time this takes minutes.
  for (const part of ['a-', 'a.', 'bearer ', 'a://', 'a:'])
    expect(redactSecrets(part.repeat(500_000)).length).toBe(part.length * 500_000)
})

test('the steps of a start are told with their times, and the failed one by name', async () => {
  const steps = new StartSteps()
  await steps.run('config', () => delay(5))
  const told: string[] = []
  steps.onDone((step) => told.push(step))
  await steps.run('logger', () => undefined)
  const failure = steps.run('redis', () =>
    Promise.reject(new Error('ECONNREFUSED redis://:pw@host')),
  )
  const error = await failure.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(OperatorError)
  expect((error as OperatorError).message).toBe('The start failed at the step "redis".')
  expect((error as OperatorError).fix).toContain('Start Redis')
  expect(told).toEqual(['config', 'logger'])
  const report = steps.report()
  expect(report.map(({ step, status }) => `${step} ${status}`)).toEqual([
    'config done',
    'secrets waiting',
    'logger done',
    'postgres waiting',
    'redis failed',
    'bus waiting',
    'operations waiting',
    'http waiting',
    'announce waiting',
    'ready waiting',
  ])
  expect(report[0]?.durationMs).toBeGreaterThan(0)
})

test('a taken port is a sentence that says so', async () => {
  const taken = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' })
  const error = await new StartSteps()
    .run('http', () => Promise.reject(taken))
    .catch((e: unknown) => e)
  expect((error as OperatorError).message).toBe('The port is taken by another process.')
  expect((error as OperatorError).fix).toContain('http.ports')
})

test('closing goes backwards, and neither a failure nor a hang keeps the others open', async () => {
  const closed: string[] = []
  const teardown = new Teardown(() => undefined)
  teardown.add('first', () => void closed.push('first'))
  teardown.add('hangs', () => new Promise(() => undefined))
  teardown.add('fails', () => {
    closed.push('fails')
    throw new Error('no')
  })
  teardown.add('last', () => void closed.push('last'))
  await teardown.close(50)
  expect(closed).toEqual(['last', 'fails', 'first'])
  await teardown.close(50)
  expect(closed).toHaveLength(3)
})

test('the size of a value is counted up to the limit and no further', () => {
  expect(estimateSize('x'.repeat(100), 1000)).toBe(100)
  expect(estimateSize({ a: 'xyz', b: [1, 2] }, 1000)).toBeGreaterThan(10)
  expect(
    estimateSize(
      Array.from({ length: 1_000_000 }, () => 'xxxxxxxxxx'),
      5000,
    ),
  ).toBe(5000)
  expect(estimateSize(undefined, 1000)).toBe(8)
})
