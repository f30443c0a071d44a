import { setTimeout as delay } from 'node:timers/promises'
import { CodedError, OperatorError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import { StartSteps } from './start-steps.ts'

const failing = () => Promise.reject(new Error('ECONNREFUSED redis://:pw@host'))

async function failureOf(run: Promise<unknown>): Promise<OperatorError> {
  const error = await run.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(OperatorError)
  return error as OperatorError
}

test('a failed step of a start is an operator error with the name of the step and a fix', async () => {
  const error = await failureOf(new StartSteps().run('redis', failing))
  expect(error.message).toBe('The start failed at the step "redis".')
  expect(error.fix).toContain('Start Redis')
})

test('what PostgreSQL or Redis refuses is named, and is no fault of the step', async () => {
  const full = new CodedError('UNAVAILABLE', 'The database has no disk space left.')
  const error = await failureOf(new StartSteps().run('operations', () => Promise.reject(full)))
  expect(error.message).toBe(
    'The start failed at the step "operations": The database has no disk space left.',
  )
  expect(error.fix).toContain('disk space')
  expect(error.fix).not.toContain('fault of the hub')
})

test('each completed step is reported once, in order', async () => {
  const steps = new StartSteps()
  await steps.run('config', () => undefined)
  const done: string[] = []
  steps.onDone((step) => done.push(step))
  await steps.run('logger', () => undefined)
  await failureOf(steps.run('redis', failing))
  expect(done).toEqual(['config', 'logger'])
})

test('the report of a start has the status of each step', async () => {
  const steps = new StartSteps()
  await steps.run('config', () => undefined)
  await steps.run('logger', () => undefined)
  await failureOf(steps.run('redis', failing))
  expect(steps.report().map(({ step, status }) => `${step} ${status}`)).toEqual([
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
})

test('the report of a start has the duration of a completed step', async () => {
  const steps = new StartSteps()
  await steps.run('config', () => delay(5))
  const [config] = steps.report()
  expect(config?.durationMs).toBeGreaterThan(0)
})

test('a port in use is reported as such', async () => {
  const taken = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' })
  const error = await failureOf(new StartSteps().run('http', () => Promise.reject(taken)))
  expect(error.message).toBe('The port is taken by another process.')
  expect(error.fix).toContain('http.ports')
})
