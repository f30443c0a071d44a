import { expect, test } from 'vitest'
import { literalKinds, withoutIdentifiers } from './literals.ts'

test('the values in a query say what kind of thing they name', () => {
  expect(literalKinds('show src/main.ts')).toEqual(['file'])
  expect(literalKinds('who is eve@example.org')).toEqual(['email'])
  expect(literalKinds('post in #general')).toEqual(['channel'])
  expect(literalKinds('close #42')).toEqual(['issue'])
  expect(literalKinds('ping 192.0.2.1')).toEqual(['ip'])
  expect(literalKinds('chat.post_message')).toEqual([])
})

test('identifiers are left out of the words of a query but for their prefix', () => {
  expect(withoutIdentifiers('customer cus_9s6XKzkNRiz8i3')).toBe('customer cus')
  expect(withoutIdentifiers('user 123e4567-e89b-12d3-a456-426614174000')).toBe('user  ')
  expect(withoutIdentifiers('createCoreV1NamespacedSecret')).toBe('createCoreV1NamespacedSecret')
})
