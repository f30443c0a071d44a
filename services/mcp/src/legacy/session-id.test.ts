import { expect, test } from 'vitest'
import { capabilitiesOfSession, newSessionId } from './session-id.ts'

test.each([
  ['elicitation without a mode', { elicitation: {} }, { elicitation: { form: {} } }],
  ['elicitation by URL alone', { elicitation: { url: {} } }, { elicitation: { url: {} } }],
  [
    'everything',
    { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: { listChanged: true } },
    { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} },
  ],
  ['nothing', {}, undefined],
  ['no object', 'sampling', undefined],
])('the id of a session holds that its client declared %s', (_what, declared, expected) => {
  expect(capabilitiesOfSession(newSessionId(declared))).toEqual(expected)
})

test('an id that is not from the hub declares nothing', () => {
  expect(['x', 'x-f', undefined, `${'a'.repeat(36)}-F`].map(capabilitiesOfSession)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})
