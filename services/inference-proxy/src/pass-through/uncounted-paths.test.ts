import { expect, test } from 'vitest'
import { refusePath, reportsElsewhere } from './uncounted-paths.ts'

test.each(['realtime/client_secrets', 'Realtime/Sessions', 'realtime/%63lient_secrets'])(
  'a path that answers with a key of the provider is not served: %s',
  (path) => {
    expect(() => refusePath(path)).toThrow(expect.objectContaining({ code: 'ACCESS_DENIED' }))
  },
)

test.each(['chat/completions', 'Messages', 'responses/resp_1', 'message%73'])(
  'an endpoint of the hub is no further path: %s',
  (path) => {
    expect(() => refusePath(path)).toThrow(expect.objectContaining({ code: 'OPERATION_NOT_FOUND' }))
  },
)

test.each(['realtime', 'images/generations', 'messages/batches', 'files/a/content', 'realtime/x'])(
  '%s may be offered',
  (path) => {
    expect(() => refusePath(path)).not.toThrow()
  },
)

test.each([
  ['batches', 'm', 'a batch'],
  ['messages/%62atches', 'm', 'a batch'],
  ['Batches', 'm', 'a batch'],
  ['fine_tuning/jobs', 'm', 'its answer'],
  ['videos', 'm', 'its answer'],
  ['videos/v1/remix', undefined, 'its answer'],
  ['threads/t/runs', undefined, 'its answer'],
  ['images/generations', undefined, 'no model'],
  ['realtime/calls', 'm', 'its answer'],
])('what a POST to %s with the model %s uses is not in its answer', (path, model, why) => {
  expect(reportsElsewhere({ path, model }, 'POST')?.why).toContain(why)
})

test('a WebSocket without a model is not counted, and one with a model is', () => {
  expect(reportsElsewhere({ path: 'realtime', model: undefined }, 'GET', true)?.param).toBe('model')
  expect(reportsElsewhere({ path: 'realtime', model: 'm' }, 'GET', true)).toBeUndefined()
})

test.each([
  ['GET', 'batches', undefined],
  ['POST', 'images/generations', 'm'],
  ['POST', 'moderations', undefined],
  ['POST', 'files', undefined],
  ['GET', 'videos/v1/content', undefined],
])('%s %s with the model %s is counted by its answer, or is free', (method, path, model) => {
  expect(reportsElsewhere({ path, model }, method)).toBeUndefined()
})
