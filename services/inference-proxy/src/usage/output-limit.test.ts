import { expect, test } from 'vitest'
import { readModelBody } from '../relay/model-body.ts'
import { askedOutputOf } from './output-limit.ts'

const asked = (text: string) => askedOutputOf('chat', readModelBody(Buffer.from(text)))

test('a member that comes thousands of times is read like one that comes once', () => {
  const many = (member: string): string => `{${`${member},`.repeat(9_999)}"x":1}`
  expect(asked(many('"n":3'))).toEqual({ tokens: undefined, answers: 3 })
  expect(asked(many('"max_tokens":5'))).toEqual({ tokens: 5, answers: 1 })
})

test('a limit beside null is none: the provider may read either', () => {
  expect(asked('{"max_tokens":5,"max_tokens":null}').tokens).toBeUndefined()
  expect(asked('{"max_tokens":null,"max_tokens":5}').tokens).toBeUndefined()
  expect(asked('{"max_tokens":null}').tokens).toBeUndefined()
  expect(asked('{"max_tokens":5,"max_completion_tokens":null}').tokens).toBe(5)
})

test('numbers that a client chooses stay within what is counted', () => {
  expect(asked('{"max_tokens":999999999,"n":1e400}')).toEqual({
    tokens: 999_999_999,
    answers: 1_000_000,
  })
  for (const limit of ['-1', '1.5', '1e3', '"7"', '9999999999', '[]'])
    expect(asked(`{"max_tokens":${limit}}`).tokens).toBeUndefined()
  for (const n of ['-5', '0', '{}', '"x"', 'null']) expect(asked(`{"n":${n}}`).answers).toBe(1)
})
