import { Value } from '@alkdev/typebox/value'
import { describe, expect, test } from 'vitest'
import {
  createComponent,
  createRoot,
  Fragment,
  h,
  isUElement,
  isUPrimitive,
  isURoot,
  jsx,
  jsxDEV,
  jsxs,
  reactiveComponent,
  renderText,
  signal,
  UElement,
  UjsxError,
  UNode,
  URoot,
} from './index.ts'
import { empty, plan } from './fixtures/plan.tsx'
import type { UChild } from './index.ts'

const Greeting = createComponent<{ readonly name: string }>('Greeting', (props) =>
  h('line', null, 'hello ', props.name, props.children ?? null),
)

describe('h', () => {
  test('makes plain data that can be stored', () => {
    const element = h('step', { name: 'a', key: 7 }, 'text', h('inner', null))
    expect(element).toEqual({
      type: 'step',
      props: { name: 'a' },
      children: ['text', { type: 'inner', props: {}, children: [] }],
      key: '7',
    })
    expect(JSON.parse(JSON.stringify(element))).toEqual(element)
    expect(Value.Check(UElement, element)).toBe(true)
  })

  test('leaves out null, undefined and booleans, and flattens lists and fragments at any depth', () => {
    const { children } = h(
      'a',
      null,
      null,
      [undefined, ['x', [1, false]]],
      h(Fragment, null, 'y', h(Fragment, null, 'z')),
      10n,
    )
    expect(children).toEqual(['x', 1, 'y', 'z', '10'])
  })

  test('calls a component at once; its key goes to what it returns', () => {
    expect(h(Greeting, { name: 'you', key: 'k' }, '!')).toEqual({
      type: 'line',
      props: {},
      children: ['hello ', 'you', '!'],
      key: 'k',
    })
    const Many = createComponent<object>('Many', () => ['a', 'b'])
    expect(h('p', null, h(Many)).children).toEqual(['a', 'b'])
  })

  test('does not call a deferred component', () => {
    const Deferred = reactiveComponent<object>('Deferred', () => {
      throw new Error('called')
    })
    expect(h(Deferred).type).toBe(Deferred)
  })

  test('takes children from the props when there are no others', () => {
    expect(h('a', { children: ['x'] }).children).toEqual(['x'])
    expect(h('a', { children: ['x'] }, 'y').children).toEqual(['y'])
  })

  test('keeps signals as children', () => {
    const name = signal('x')
    expect(h('a', null, name).children).toEqual([name])
  })

  test('refuses what is no node, and says so', () => {
    expect(() => h('a', null, { some: 'object' } as unknown as UChild)).toThrow(UjsxError)
    expect(() => h('a', null, (() => 1) as unknown as UChild)).toThrow('Not a node: function')
  })

  test('lists nested 100,000 levels deep are flattened', () => {
    let list: UChild = 'x'
    for (let depth = 0; depth < 100_000; depth += 1) list = [list]
    expect(h('a', null, list).children).toEqual(['x'])
  })
})

describe('the JSX runtime', () => {
  test('makes the elements that h makes', () => {
    expect(jsx('a', { id: 1, children: 'x' })).toEqual(h('a', { id: 1 }, 'x'))
    expect(jsxs('a', { children: ['x', 'y'] }, 'k')).toEqual(h('a', { key: 'k' }, 'x', 'y'))
    expect(jsxDEV(Fragment, { children: ['x'] })).toEqual(h(Fragment, null, 'x'))
  })

  test('compiled JSX renders', () => {
    expect(renderText(plan(['write', 'test']))).toBe('## Plan\n\n1. write (done)\n2. test')
    expect(renderText(empty)).toBe('')
  })
})

describe('guards and schemas', () => {
  const root = createRoot('tree', h('a', { n: 1 }), 'text')

  test('tell roots, elements and primitives apart', () => {
    expect(
      [root, h('a'), 'x', null, undefined, { type: 'a' }].map((each) => [
        isURoot(each),
        isUElement(each),
        isUPrimitive(each),
      ]),
    ).toEqual([
      [true, false, false],
      [false, true, false],
      [false, false, true],
      [false, false, true],
      [false, false, false],
      [false, false, false],
    ])
  })

  test('the schemas accept what the factories make and refuse what they do not', () => {
    expect(Value.Check(URoot, root)).toBe(true)
    expect(Value.Check(UNode, [])).toBe(false)
    expect(Value.Check(UElement, { type: 'a', props: {}, children: [{ type: 'b' }] })).toBe(false)
  })
})
