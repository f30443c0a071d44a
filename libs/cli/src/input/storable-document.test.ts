import { expect, test } from 'vitest'
import { storableDocument } from './storable-document.ts'

test('texts that the hub cannot store are replaced at each place, and nothing else changes', () => {
  const document = JSON.parse(
    '{"info":{"title":"a\\u0000b"},"messages":[{"parts":["\\ud800",1,null,true,{"\\u0000":"\\ud83d\\ude00"}]}],"__proto__":{"a":"\\u0000"}}',
  ) as unknown
  expect(JSON.stringify(storableDocument(document))).toBe(
    '{"info":{"title":"a\u{fffd}b"},"messages":[{"parts":["\u{fffd}",1,null,true,{"\u{fffd}":"\u{1f600}"}]}],"__proto__":{"a":"\u{fffd}"}}',
  )
})

test('a document that is nested too deep stays as it is', () => {
  const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown
  expect(storableDocument(deep)).toBe(deep)
})
