import { expect, test } from 'vitest'
import { parseTopics } from './topics.ts'

const event = { id: '1-1', type: 'spoke.attached', subject: 'laptop', payload: null }

test.each([
  undefined,
  'spoke.attached',
  'spoke.attached:laptop',
  'spoke.*',
  'key.created, spoke.*',
])('the topics %j include an attached spoke', (topics) => {
  expect(parseTopics(topics)(event)).toBe(true)
})

test.each(['spoke.detached', 'spoke.attached:desk', 'key.*', 'spoke'])(
  'the topics %j do not include an attached spoke',
  (topics) => {
    expect(parseTopics(topics)(event)).toBe(false)
  },
)

test.each(['*', '', 'spoke.', '.*', 'a b', 'spoke.*.x'])('the topic %j is refused', (topics) => {
  expect(() => parseTopics(topics)).toThrow('A topic is')
})

test('more than 50 topics are refused', () => {
  const topics = Array.from({ length: 51 }, () => 'a').join(',')
  expect(() => parseTopics(topics)).toThrow('50')
})
