import type { DirectoryEntry } from '@alkdev/bus'
import { expect, test } from 'vitest'
import { operationText } from './operation-text.ts'
import { OperationVectors } from './operation-vectors.ts'
import { vectorOf } from './vector.ts'
import type { Vector } from './vector.ts'

const vector = (...values: number[]): Vector => vectorOf(values) as Vector
const all = (): boolean => true

function entry(operationId: string, description = operationId): DirectoryEntry {
  const [namespace = '', name = ''] = operationId.split('.').slice(-2)
  return { operationId, spec: { namespace, name, description } } as DirectoryEntry
}

function vectorsOf(...entries: DirectoryEntry[]) {
  const directory = { revision: 1, entries, all: () => directory.entries }
  const vectors = new OperationVectors(directory)
  vectors.follow()
  const give = (byText: Readonly<Record<string, Vector>>): void =>
    vectors.add(
      new Map(
        vectors.missing().flatMap(([hash, text]) => {
          const found = Object.entries(byText).find(([word]) => text.includes(word))
          return found === undefined ? [] : [[hash, found[1]]]
        }),
      ),
    )
  return { vectors, directory, give }
}

test('the text of an operation has its names as words, and its parameters', () => {
  const { spec } = entry('stripe.createPaymentLink', 'Makes a link.')
  const inputSchema = { type: 'object', properties: { line_items: {}, currency: {} } }
  expect(operationText({ ...spec, tags: ['money'], inputSchema })).toBe(
    'stripe create payment link. Makes a link.. money. line items, currency',
  )
})

test('the nearest operations that the caller may see come first', () => {
  const { vectors, give } = vectorsOf(entry('a.pay'), entry('a.walk'), entry('a.run'))
  give({ pay: vector(1, 0), walk: vector(0, 1), run: vector(0.1, 1) })
  expect(vectors.missing()).toEqual([])
  expect(vectors.nearest(vector(0, 1))(all, 10)).toEqual(['a.walk', 'a.run'])
  expect(vectors.nearest(vector(0, 1))((id) => id !== 'a.walk', 10)).toEqual(['a.run'])
  expect(vectors.nearest(vector(0, 1))(all, 1)).toEqual(['a.walk'])
  expect(vectors.nearest(vector(0, 1, 0))(all, 10)).toEqual([])
})

test('copies of an operation have one vector, and two of them are found', () => {
  const copies = ['one', 'two', 'three'].map((spoke) => entry(`dev.${spoke}.fs.read`, 'Reads'))
  const { vectors, give } = vectorsOf(...copies, entry('a.other'))
  expect(vectors.missing()).toHaveLength(2)
  give({ Reads: vector(1, 0), other: vector(0, 1) })
  const found = vectors.nearest(vector(1, 0))((id) => !id.includes('one'), 10)
  expect(found).toEqual(['dev.two.fs.read', 'dev.three.fs.read'])
})

test('only what is new or changed needs a vector', () => {
  const { vectors, directory, give } = vectorsOf(entry('a.one'), entry('a.two'))
  expect(vectors.isEmpty).toBe(true)
  give({ one: vector(1, 0), two: vector(0, 1) })
  expect(vectors.isEmpty).toBe(false)
  directory.entries = [entry('a.one'), entry('a.two', 'changed')]
  vectors.follow()
  expect(vectors.missing()).toEqual([])
  directory.revision += 1
  vectors.follow()
  expect(vectors.missing().map(([, text]) => text)).toEqual(['a two. changed'])
  expect(vectors.nearest(vector(0, 1))(all, 10)).toEqual(['a.one'])
})
