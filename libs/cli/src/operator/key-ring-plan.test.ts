import { addKey, parseKeyRing, generateKeyRing, promoteKey } from '@alkdev/crypto'
import type { KeyRingEntry } from '@alkdev/crypto'
import { expect, test } from 'vitest'
import { planActivation, planNewKey } from './key-ring-plan.ts'

const one = parseKeyRing(generateKeyRing())
const two = addKey(one)
const active = promoteKey(two, 2)
const versions = (entries: readonly KeyRingEntry[]): number[] => entries.map((one) => one.version)
const files = (...rings: (readonly KeyRingEntry[])[]) =>
  rings.map((entries, index) => ({ path: `${index}.json`, entries }))

test('a new key goes in as the last one, in every file', () => {
  const plan = planNewKey(files(one, one))
  expect(versions(plan.entries)).toEqual([1, 2])
  expect(plan.entries[0]).toEqual(one[0])
  expect(plan).toMatchObject({ newest: 2, changed: ['0.json', '1.json'] })
  expect(versions(planNewKey(files(active)).entries)).toEqual([2, 1, 3])
})

test('a run that was cut off between two files is finished, without a further key', () => {
  const plan = planNewKey(files(two, one))
  expect(plan.entries).toEqual(two)
  expect(plan.changed).toEqual(['1.json'])
  expect(planActivation(files(active, two))).toMatchObject({ entries: active, changed: ['1.json'] })
})

test('while a new key waits no further one is made', () => {
  expect(() => planNewKey(files(two, two))).toThrow('The key v2 is in the ring and not yet in use.')
  expect(() => planNewKey(files(active, two))).toThrow('not yet in use')
})

test('a key is not activated before every file has it', () => {
  expect(() => planActivation(files(two, one))).toThrow('1.json lacks the key v2.')
})

test('activating moves the newest key to the front once, and nothing when it is there', () => {
  expect(planActivation(files(two, two))).toMatchObject({
    entries: active,
    newest: 2,
    changed: ['0.json', '1.json'],
  })
  expect(planActivation(files(active, active)).changed).toEqual([])
})

test('files that do not belong together are left alone', () => {
  const other = parseKeyRing(generateKeyRing())
  expect(() => planNewKey(files(one, other))).toThrow('is another one than that of the other files')
  const third = [...one, { version: 3, key: addKey(one)[1]?.key ?? '' }]
  expect(() => planNewKey(files(two, third))).toThrow('No config file has all the keys')
})
