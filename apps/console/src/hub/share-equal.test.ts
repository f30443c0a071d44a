import { expect, test } from 'vitest'
import { shareEqual } from './share-equal.ts'

test('what has not changed is the same object as before, and what has changed is not', () => {
  const was = {
    items: [
      { id: 'a', n: [1, { deep: true }] },
      { id: 'b', n: [2] },
    ],
    more: null,
  }
  const now = structuredClone(was)
  expect(shareEqual(was, now)).toBe(was)
  const changed = { ...structuredClone(was), items: [...structuredClone(was).items] }
  changed.items[1] = { id: 'b', n: [3] }
  const shared = shareEqual(was, changed)
  expect(shared).toEqual(changed)
  expect(shared).not.toBe(was)
  expect(shared.items[0]).toBe(was.items[0])
  expect(shared.items[1]).not.toBe(was.items[1])
})

test('items that stand elsewhere in a list are the same objects as before', () => {
  const item = (id: string, n = 1) => ({ id, n: [n] })
  const was = [item('a'), item('b'), item('c')]
  const now = [item('new'), item('b'), item('a', 2), item('c')]
  const shared = shareEqual(was, structuredClone(now))
  expect(shared).toStrictEqual(now)
  expect(shared.map((one) => was.indexOf(one))).toEqual([-1, 1, -1, 2])
  expect(shareEqual(was, [item('b'), item('c')])).toEqual([was[1], was[2]])
  expect(shareEqual(was, was.toReversed())).not.toBe(was)
})

test('what stays in a list is the same object, also if its items have no ids', () => {
  const was = [[1], [{ kind: 'x', n: 1 }], [{ kind: 'x', n: 2 }], {}]
  expect(shareEqual<unknown>(was, structuredClone(was))).toBe(was)
  const now = [[1], [{ kind: 'x', n: 3 }], [{ kind: 'x', n: 2 }], {}]
  const shared = shareEqual<unknown[]>(was, structuredClone(now))
  expect(shared).toStrictEqual(now)
  expect(shared[2]).toBe(was[2])
})

test('a member named like a prototype is compared as any other', () => {
  const of = (text: string): unknown => JSON.parse(text)
  const was = of('{"list":[{"a":1}],"__proto__":{"n":1}}')
  expect(shareEqual(was, of('{"list":[{"a":1}],"__proto__":{"n":1}}'))).toBe(was)
  const now = shareEqual(was, of('{"list":[{"a":1}],"__proto__":{"n":2}}'))
  expect(JSON.stringify(now)).toBe('{"list":[{"a":1}],"__proto__":{"n":2}}')
  expect(JSON.stringify(shareEqual(of('{"a":1}'), of('{"__proto__":{}}')))).toBe('{"__proto__":{}}')
})

test('members that come and go, other kinds of values and lists of another length count as changes', () => {
  const cases: readonly (readonly [unknown, unknown])[] = [
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: 1 }],
    [
      { a: 1, b: undefined },
      { a: 1, c: undefined },
    ],
    [[1, 2], [1]],
    [[1], [1, 2]],
    [[], {}],
    [null, {}],
    [{}, null],
    [undefined, { a: 1 }],
    ['a', 'b'],
  ]
  for (const [was, now] of cases) expect(shareEqual(was, now)).toStrictEqual(now)
})
